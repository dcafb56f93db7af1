import { BaseCommand, withEnvironment } from '../../cli/index.ts';
import { answerFamily } from '../../cli/store-family.ts';
import { artifactArgument, depthFlag, storeFlag } from '../../cli/store-flags.ts';

export class StoreDescendants extends BaseCommand {
  static override summary = 'what descends from a model or dataset';
  static override description =
    'Follows the links in stored provenance from parents to children, by digest and never by name: which models does this ' +
    'dataset, or a base that was revoked, reach? Links are taken from whoever signed them, so that a taint is not missed for want ' +
    'of a key; no signature is checked. Exit code 3 says that there may be more.';
  static override examples = [
    { description: 'what was trained on this dataset?', command: '<%= config.bin %> <%= command.id %> ./data' },
    {
      description: 'in CI, what does a revoked base taint?',
      command: '<%= config.bin %> <%= command.id %> ./base --store store --json',
    },
  ];
  static override args = { artifact: artifactArgument() };
  static override flags = withEnvironment({ 'max-depth': depthFlag(), store: storeFlag() });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreDescendants);
    const { result, exitCode, human } = await answerFamily(args.artifact, 'descendants', flags, this.work);
    return this.finish(result, exitCode, human);
  }
}
