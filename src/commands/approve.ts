import { string } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  fileSetFlags,
  fileSetOptions,
  jobsFlag,
  loadSigningKey,
  modelArgument,
  passphraseFileFlag,
  segmentHashFlag,
  signingKeyFlag,
  withEnvironment,
} from '../cli/index.ts';
import { parseTime } from '../cli/inputs.ts';
import { renderApprove } from '../cli/render/approve.ts';
import { approveModel } from '../core/attest/index.ts';

export class Approve extends BaseCommand {
  static override summary = 'approve a model, as a policy may ask for';
  static override description =
    'Appends to the attestations of MODEL that you, in a role, approve the very bytes that are there. Look at them first: this ' +
    'command checks nothing. A policy counts approvals by distinct keys, and says whose key has which role.';
  static override examples = [
    {
      description: 'approve a model after a review',
      command:
        '<%= config.bin %> <%= command.id %> ./model --as reviewer --key qa.key --comment "model card and evaluation read"',
    },
    {
      description: 'in CI, after a manual gate, with the time of it',
      command:
        'STEMMA_SIGNING_KEY=qa.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> out/model --as release-manager --approved-on 2026-11-23T12:00:00Z --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    as: string({ summary: 'role in which you approve, such as reviewer', helpValue: 'ROLE', required: true }),
    comment: string({ summary: 'why, for people; it becomes public', helpValue: 'TEXT' }),
    'approved-on': string({ summary: 'when; recorded only where given', helpValue: 'TIME' }),
    name: string({ summary: 'name of the model in the statement; default its base name', helpValue: 'NAME' }),
    digest: segmentHashFlag(),
    ...fileSetFlags({ recorded: true }),
    'output-dir': string({
      summary: 'write the evidence there, for a read-only model',
      helpValue: 'DIR',
      helpGroup: 'OUTPUT',
    }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Approve);
    const approvedOn = flags['approved-on'] === undefined ? {} : { approvedOn: parseTime(flags['approved-on']) };
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const result = await approveModel({
      ...this.work,
      ...fileSetOptions(flags),
      model: args.model,
      signer,
      role: flags.as,
      segmentHash: flags.digest,
      ...approvedOn,
      ...(flags.comment === undefined ? {} : { comment: flags.comment }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags['output-dir'] === undefined ? {} : { outputDir: flags['output-dir'] }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    return this.finish(result, EXIT.done, (look) => renderApprove(result, look));
  }
}
