import { string as stringArgument } from '@oclif/core/args';
import { boolean, option } from '@oclif/core/flags';
import { BaseCommand, EXIT, jobsFlag, repeatable, withEnvironment } from '../cli/index.ts';
import { renderDifference } from '../cli/render/difference.ts';
import { compareModels } from '../core/model/index.ts';

export class Diff extends BaseCommand {
  static override summary = 'compare two models file by file, tensor by tensor';
  static override description =
    'BEFORE and AFTER are folders, files or manifests (*.manifest.jsonl, taken at their word: nothing is authenticated). Equality ' +
    'is that of bytes: a cast or a quantisation changes every tensor. Exit code 0 means the same, 1 different.';
  static override examples = [
    { description: 'what did fine-tuning change?', command: '<%= config.bin %> <%= command.id %> ./base ./model' },
    {
      description: 'in CI, without the weights of the release before',
      command: '<%= config.bin %> <%= command.id %> v1.manifest.jsonl ./model --json',
    },
  ];
  static override args = {
    before: stringArgument({ description: 'folder, file or manifest', required: true }),
    after: stringArgument({ description: 'folder, file or manifest', required: true }),
  };
  static override flags = withEnvironment({
    digest: option({
      options: ['blake3', 'sha256'] as const,
      summary: "hash of the trees; default the manifest's, else blake3",
    })(),
    ignore: repeatable({ summary: 'path in both models to leave out', helpValue: 'PATH' }),
    opaque: repeatable({ summary: 'container to take as plain bytes, where it is read', helpValue: 'PATH' }),
    'allow-symlinks': boolean({ summary: 'follow symbolic links' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Diff);
    const difference = await compareModels(args.before, args.after, {
      ...this.work,
      ignore: flags.ignore ?? [],
      opaque: flags.opaque ?? [],
      allowSymlinks: flags['allow-symlinks'],
      ...(flags.digest === undefined ? {} : { segmentHash: flags.digest }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    return this.finish(difference, difference.same ? EXIT.done : EXIT.negative, (look) =>
      renderDifference(difference, look),
    );
  }
}
