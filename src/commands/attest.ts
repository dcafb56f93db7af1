import { boolean } from '@oclif/core/flags';
import { attestFlags, attestOptions } from '../cli/attest-flags.ts';
import { BaseCommand, EXIT, loadSigningKey, modelArgument, withEnvironment } from '../cli/index.ts';
import { pinFlags, preparePin } from '../cli/pin-attested.ts';
import { renderAttest } from '../cli/render/attest.ts';
import { renderPin } from '../cli/render/pin.ts';
import type { Look } from '../cli/render/text.ts';
import { attestModel } from '../core/attest/index.ts';

export class Attest extends BaseCommand {
  static override summary = 'attest a model, its logs and its lineage';
  static override description =
    'Reads every byte of MODEL once and writes, in the folder or beside the file: model.sig (OpenSSF Model Signing), ' +
    'model.attestations.jsonl (what the model is and how it came to be) and model.manifest.jsonl (the listing behind the roots). ' +
    'What is recorded is public: parameters, file names and source address, never secrets. Nothing is sent anywhere, unless --pin ' +
    'asks for it: then the evidence is pinned once it is on disk, and a pin that fails leaves it there (exit code 5).';
  static override examples = [
    {
      description: 'attest a fine-tuned model with its training log, base model and dataset',
      command:
        '<%= config.bin %> <%= command.id %> ./model --key trainer.key --log train.jsonl --base finetuned-from=../base --dataset ../data --param lr=0.01',
    },
    {
      description: 'in CI, with key and passphrase from the environment',
      command:
        'STEMMA_SIGNING_KEY=ci.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> out/model --log out/train.jsonl --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    ...attestFlags(),
    'from-card': boolean({
      summary: 'take relation and licence from README.md; say which parents it and dvc.lock name that are not given',
      helpGroup: 'LINEAGE',
    }),
    ...pinFlags(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Attest);
    const options = attestOptions(flags);
    const pinning = await preparePin(flags, args.model, this.jsonEnabled());
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const result = await attestModel({
      ...this.work,
      ...options,
      model: args.model,
      signer,
      fromCard: flags['from-card'],
    });
    if (pinning === undefined) return this.finish(result, EXIT.done, (look) => renderAttest(result, look));
    const { report, exitCode } = await pinning.pin(this.work, (human) => this.answerOnStderr(human));
    if (exitCode !== EXIT.done) this.note('the attestation is on disk; stemma pin pins it without attesting again');
    const text = (look: Look): string => `${renderAttest(result, look)}\n${renderPin(report, 'evidence', look)}`;
    return this.finish({ ...result, pin: report }, exitCode, text);
  }
}
