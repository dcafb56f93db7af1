import {
  BaseCommand,
  exitCodeOfErrors,
  fileSetFlags,
  fileSetOptions,
  modelArgument,
  withEnvironment,
} from '../cli/index.ts';
import { renderInspection } from '../cli/render/model.ts';
import { inspectNamed } from '../core/model/index.ts';

export class Inspect extends BaseCommand {
  static override summary = 'show what a model is made of';
  static override description =
    'Reads names and container headers, hashes nothing and runs nothing: tensor sets, data types, parameters, and what to look ' +
    'at before loading the model (code, pickles, chat templates, an index that disagrees with its shards). Exit code 4 or 5 ' +
    'means that attest would refuse the model; the reasons are listed.';
  static override examples = [
    { description: 'look into a model before loading it', command: '<%= config.bin %> <%= command.id %> ./model' },
    {
      description: 'list the findings in CI',
      command: "<%= config.bin %> <%= command.id %> out/model --json | jq '.result.findings'",
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    ...fileSetFlags({ recorded: false }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Inspect);
    const inspection = await inspectNamed(args.model, {
      signal: this.signal,
      ...fileSetOptions(flags),
    });
    const exitCode = exitCodeOfErrors(inspection.problems.map(({ code }) => code));
    return this.finish(inspection, exitCode, (look) => renderInspection(inspection, look));
  }
}
