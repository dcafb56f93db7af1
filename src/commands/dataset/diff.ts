import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand, EXIT, jobsFlag, repeatable, withEnvironment } from '../../cli/index.ts';
import { renderDatasetDifference } from '../../cli/render/dataset-difference.ts';
import { diffDatasets } from '../../core/dataset/index.ts';

export class DatasetDiff extends BaseCommand {
  static override summary = 'compare two datasets record by record';
  static override description =
    'BEFORE and AFTER are folders or files. Records are compared by their bytes, wherever they stand: moving one to another file or ' +
    'line is no difference of records. Nothing is authenticated. Exit code 0 means that every file is the same, 1 different.';
  static override examples = [
    { description: 'which records are new?', command: '<%= config.bin %> <%= command.id %> ./base-data ./data' },
    {
      description: 'in CI, what a cleaning step took out',
      command: '<%= config.bin %> <%= command.id %> ./base-data ./data --json',
    },
  ];
  static override args = {
    before: stringArgument({ description: 'folder or file', required: true }),
    after: stringArgument({ description: 'folder or file', required: true }),
  };
  static override flags = withEnvironment({
    ignore: repeatable({ summary: 'path in both datasets to leave out', helpValue: 'PATH' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(DatasetDiff);
    const difference = await diffDatasets(args.before, args.after, {
      ...this.work,
      ignore: flags.ignore ?? [],
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    const exitCode = difference.same ? EXIT.done : EXIT.negative;
    return this.finish(difference, exitCode, (look) => renderDatasetDifference(difference, look));
  }
}
