import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { renderFound } from '../../cli/render/store.ts';
import { limitFlag, storeFlag, storeOf } from '../../cli/store-flags.ts';
import { findStatements } from '../../core/store/index.ts';

export class StoreList extends BaseCommand {
  static override summary = 'list the statements in the store';
  static override description =
    'Shows what each statement is about and whom it names as its signer. That is claimed: no signature is checked here.';
  static override examples = [
    { description: 'what is there', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'in CI, of a store of its own',
      command: '<%= config.bin %> <%= command.id %> --store store --json',
    },
  ];
  static override flags = withEnvironment({ store: storeFlag(), limit: limitFlag() });

  async run(): Promise<object> {
    const { flags } = await this.parse(StoreList);
    const found = await findStatements({ ...this.work, store: storeOf(flags), limit: flags.limit });
    return this.finish(found, found.damaged > 0 ? EXIT.incomplete : EXIT.done, (look) => renderFound(found, look));
  }
}
