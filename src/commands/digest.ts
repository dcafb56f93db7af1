import {
  BaseCommand,
  EXIT,
  fileSetFlags,
  fileSetOptions,
  jobsFlag,
  modelArgument,
  segmentHashFlag,
  withEnvironment,
} from '../cli/index.ts';
import { renderDigest } from '../cli/render/model.ts';
import { summariseModel } from '../core/model/index.ts';

export class Digest extends BaseCommand {
  static override summary = "print a model's digest set";
  static override description =
    'Prints one line, ALGORITHM:HEX joined by commas, as --expect, --base and --dataset take it. Nothing is signed and nothing ' +
    'is verified. --verbose and --json add the roots of each tree.';
  static override examples = [
    { description: 'digest a model', command: '<%= config.bin %> <%= command.id %> ./model' },
    {
      description: 'in CI, hold a model to a digest taken elsewhere',
      command:
        '<%= config.bin %> verify ./model --key trainer.pub --full --expect "$(<%= config.bin %> <%= command.id %> /mnt/reference/model)"',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    digest: segmentHashFlag(),
    ...fileSetFlags({ recorded: false }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Digest);
    const summary = await summariseModel(args.model, {
      ...this.work,
      ...fileSetOptions(flags),
      segmentHash: flags.digest,
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    const { saltedWarnings } = await import('../core/attest/index.ts');
    const warnings = [...summary.warnings, ...(await saltedWarnings(args.model, this.work))];
    if (!this.jsonEnabled()) for (const warning of warnings) this.warn(warning);
    if (summary.pythonSha256 !== undefined) {
      this.note(`model_signing (Python) lists these files in another order: its digest is ${summary.pythonSha256}`);
    }
    return this.finish({ ...summary, warnings }, EXIT.done, (look) => renderDigest(summary, look));
  }
}
