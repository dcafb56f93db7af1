import { BaseCommand, withEnvironment } from '../../cli/index.ts';
import { answerFamily } from '../../cli/store-family.ts';
import { artifactArgument, depthFlag, storeFlag } from '../../cli/store-flags.ts';

export class StoreAncestors extends BaseCommand {
  static override summary = 'what a model or dataset descends from';
  static override description =
    'Follows the links in stored provenance from children to parents, by digest and never by name. No signature is checked; ' +
    'stemma verify --store does. Exit code 3 says that there may be more.';
  static override examples = [
    { description: 'what is said to be in this model?', command: '<%= config.bin %> <%= command.id %> ./model' },
    {
      description: 'in CI, the parents alone',
      command: '<%= config.bin %> <%= command.id %> out/model --max-depth 1 --store store --json',
    },
  ];
  static override args = { artifact: artifactArgument() };
  static override flags = withEnvironment({ 'max-depth': depthFlag(), store: storeFlag() });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreAncestors);
    const { result, exitCode, human } = await answerFamily(args.artifact, 'ancestors', flags, this.work);
    return this.finish(result, exitCode, human);
  }
}
