import { boolean, string } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  jobsFlag,
  loadSigningKey,
  modelArgument,
  passphraseFileFlag,
  repeatable,
  signingKeyFlag,
  withEnvironment,
} from '../cli/index.ts';
import { loadCertificates } from '../cli/inputs.ts';
import { renderSign } from '../cli/render/attest.ts';
import { signModel } from '../core/attest/index.ts';

export class Sign extends BaseCommand {
  static override summary = 'sign a model (OpenSSF Model Signing v1.0)';
  static override description =
    'Writes model.sig, which every reader of OpenSSF Model Signing accepts, and nothing else. To record how the model came to ' +
    'be, use stemma attest, which writes the same model.sig and more.';
  static override examples = [
    {
      description: 'sign a model with a key',
      command: '<%= config.bin %> <%= command.id %> ./model --key trainer.key',
    },
    {
      description: 'in CI, with a certificate of your own authority',
      command:
        '<%= config.bin %> <%= command.id %> out/model --key ci.key --cert ci.pem --cert-chain intermediate.pem --signature out/model.sig --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    cert: string({ summary: 'certificate of the key (PEM or DER)', helpValue: 'LEAF', helpGroup: 'SIGNING' }),
    'cert-chain': repeatable({
      summary: 'intermediate certificates (PEM or DER)',
      helpValue: 'PEM',
      helpGroup: 'SIGNING',
      dependsOn: ['cert'],
    }),
    signature: string({
      summary: 'where to write; default model.sig in the folder, FILE.sig beside a file',
      helpValue: 'FILE',
      helpGroup: 'OUTPUT',
    }),
    ignore: repeatable({ summary: 'path in the model to leave out; recorded in what is signed', helpValue: 'PATH' }),
    'allow-symlinks': boolean({ summary: 'follow symbolic links; recorded' }),
    force: boolean({ summary: "replace another signer's or an outdated signature", helpGroup: 'OUTPUT' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Sign);
    const files = [flags.cert, ...(flags['cert-chain'] ?? [])].filter((file) => file !== undefined);
    const certificates = await loadCertificates(files);
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const result = await signModel({
      ...this.work,
      model: args.model,
      signer,
      certificates,
      ignore: flags.ignore ?? [],
      allowSymlinks: flags['allow-symlinks'],
      force: flags.force,
      ...(flags.signature === undefined ? {} : { signature: flags.signature }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    return this.finish(result, EXIT.done, (look) => renderSign(result, look));
  }
}
