import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { renderAdded } from '../../cli/render/store.ts';
import { storeFlag, storeOf } from '../../cli/store-flags.ts';
import { addToStore } from '../../core/store/index.ts';

export class StoreAdd extends BaseCommand {
  static override summary = 'add statements to the store';
  static override description =
    'Keeps the statements in evidence files, or in and beside models and datasets, with the manifests there. The store holds ' +
    'what people say: no signature is looked at when something is added, but by verify whenever it is used. What is no statement ' +
    'is refused, which exits 4; the rest is added.';
  static override examples = [
    { description: 'keep what is said of a model', command: '<%= config.bin %> <%= command.id %> ./model' },
    {
      description: 'in CI, keep what the release says of itself',
      command: '<%= config.bin %> <%= command.id %> out/model model/model.attestations.jsonl --store store --json',
    },
  ];
  static override args = {
    path: stringArgument({ description: 'evidence files, models and datasets', required: true, multiple: true }),
  };
  static override flags = withEnvironment({ store: storeFlag() });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreAdd);
    const result = await addToStore({ ...this.work, store: storeOf(flags), paths: args.path });
    return this.finish(result, result.refusals > 0 ? EXIT.badInput : EXIT.done, (look) => renderAdded(result, look));
  }
}
