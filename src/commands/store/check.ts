import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { renderChecked } from '../../cli/render/store.ts';
import { storeFlag, storeOf } from '../../cli/store-flags.ts';
import { checkStore } from '../../core/store/index.ts';

export class StoreCheck extends BaseCommand {
  static override summary = 'check that every file of the store is what its name says';
  static override description =
    'Reads every object and compares its SHA-256 with its name. Exit code 1 says that one differs, or is no statement. Whether ' +
    'signatures are good is for stemma verify to say, with the keys that you trust.';
  static override examples = [
    { description: 'is it whole?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'in CI, after a backup was restored',
      command: '<%= config.bin %> <%= command.id %> --store store --json',
    },
  ];
  static override flags = withEnvironment({ store: storeFlag() });

  async run(): Promise<object> {
    const { flags } = await this.parse(StoreCheck);
    const checked = await checkStore({ ...this.work, store: storeOf(flags) });
    return this.finish(checked, checked.damaged.length > 0 ? EXIT.negative : EXIT.done, (look) =>
      renderChecked(checked, look),
    );
  }
}
