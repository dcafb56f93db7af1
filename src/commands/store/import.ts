import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { renderAdded } from '../../cli/render/store.ts';
import { storeFlag, storeOf } from '../../cli/store-flags.ts';
import { importStatements } from '../../core/store/index.ts';

export class StoreImport extends BaseCommand {
  static override summary = 'add what another store exported';
  static override description =
    'Adds each line of a JSON Lines file of bundles, of any length. What is no statement is refused, which exits 4; the rest is added. ' +
    'No signature is checked.';
  static override examples = [
    { description: 'merge a store into this one', command: '<%= config.bin %> <%= command.id %> theirs.jsonl' },
    {
      description: 'in CI, into a store of its own',
      command: '<%= config.bin %> <%= command.id %> theirs.jsonl --store store --json',
    },
  ];
  static override args = { file: stringArgument({ description: 'JSON Lines of bundles', required: true }) };
  static override flags = withEnvironment({ store: storeFlag() });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreImport);
    const result = await importStatements({ ...this.work, store: storeOf(flags), file: args.file });
    return this.finish(result, result.refusals > 0 ? EXIT.badInput : EXIT.done, (look) => renderAdded(result, look));
  }
}
