import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { renderRebuilt } from '../../cli/render/store.ts';
import { storeFlag, storeOf } from '../../cli/store-flags.ts';
import { rebuildStore } from '../../core/store/index.ts';

export class StoreRebuild extends BaseCommand {
  static override summary = 'build the index of the store anew';
  static override description =
    'The index only makes questions fast: it is derived from the files of the store, follows them by itself, and can be thrown away ' +
    'at any time. Exit code 3 says that some of them are damaged.';
  static override examples = [
    { description: 'after the disk was restored', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'in CI',
      command: '<%= config.bin %> <%= command.id %> --store store --json',
    },
  ];
  static override flags = withEnvironment({ store: storeFlag() });

  async run(): Promise<object> {
    const { flags } = await this.parse(StoreRebuild);
    const rebuilt = await rebuildStore({ ...this.work, store: storeOf(flags) });
    return this.finish(rebuilt, rebuilt.damaged > 0 ? EXIT.incomplete : EXIT.done, (look) =>
      renderRebuilt(rebuilt, look),
    );
  }
}
