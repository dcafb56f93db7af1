import { boolean } from '@oclif/core/flags';
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
import { renderCid } from '../cli/render/cid.ts';
import { renderDigest } from '../cli/render/model.ts';
import type { ModelCidOptions } from '../core/ipfs/index.ts';
import { summariseModel } from '../core/model/index.ts';

export class Digest extends BaseCommand {
  static override summary = "print a model's digest set";
  static override description =
    'Prints one line, ALGORITHM:HEX joined by commas, as --expect, --base and --dataset take it. Nothing is signed and nothing ' +
    'is verified. --verbose and --json add the roots of each tree. With --cid the line is the CID of the model on IPFS instead, ' +
    'computed here without any node.';
  static override examples = [
    { description: 'digest a model', command: '<%= config.bin %> <%= command.id %> ./model' },
    {
      description: 'where on IPFS a release will be, before anything is pinned',
      command: '<%= config.bin %> <%= command.id %> ./model --cid --release',
    },
    {
      description: 'in CI, hold a model to a digest taken elsewhere',
      command:
        '<%= config.bin %> verify ./model --key trainer.pub --full --expect "$(<%= config.bin %> <%= command.id %> /mnt/reference/model)"',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    digest: segmentHashFlag(),
    cid: boolean({
      summary: 'print the CID on IPFS (UnixFS, profile unixfs-v1-2025) instead',
      exclusive: ['digest', 'opaque'],
    }),
    release: boolean({
      summary: 'with --cid: of the folder with its side files, as one downloads it',
      dependsOn: ['cid'],
    }),
    ...fileSetFlags({ recorded: false }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Digest);
    const work = { ...this.work, ...fileSetOptions(flags), ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }) };
    if (flags.cid) return this.#cid(args.model, { ...work, release: flags.release });
    const summary = await summariseModel(args.model, { ...work, segmentHash: flags.digest });
    const { saltedWarnings } = await import('../core/attest/index.ts');
    const warnings = [...summary.warnings, ...(await saltedWarnings(args.model, this.work))];
    if (!this.jsonEnabled()) for (const warning of warnings) this.warn(warning);
    if (summary.pythonSha256 !== undefined) {
      this.note(`model_signing (Python) lists these files in another order: its digest is ${summary.pythonSha256}`);
    }
    return this.finish({ ...summary, warnings }, EXIT.done, (look) => renderDigest(summary, look));
  }
  async #cid(model: string, options: ModelCidOptions): Promise<object> {
    const { modelCid } = await import('../core/ipfs/index.ts');
    const { saltedWarnings } = await import('../core/attest/index.ts');
    const summary = await modelCid(model, options);
    for (const warning of await saltedWarnings(model, this.work)) this.warn(warning);
    return this.finish(summary, EXIT.done, (look) => renderCid(summary, look));
  }
}
