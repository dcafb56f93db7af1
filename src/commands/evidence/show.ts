import { string as stringArgument } from '@oclif/core/args';
import { decryptWithFlag, loadIdentities } from '../../cli/age-keys.ts';
import { BaseCommand, withEnvironment } from '../../cli/index.ts';
import { withTemporaryFolder } from '../../cli/pack-flags.ts';
import { renderPack } from '../../cli/render/evidence.ts';

export class EvidenceShow extends BaseCommand {
  static override summary = 'show what an evidence pack holds';
  static override description =
    'Reads a pack whole, holds every block to its CID, and lists the files. Exit code 0 says that the pack is intact, and nothing ' +
    'of who signed what is in it: that is for stemma verify --evidence, with the keys that you trust.';
  static override examples = [
    { description: 'what is in it?', command: '<%= config.bin %> <%= command.id %> received.car' },
    {
      description: 'in CI, after it was copied',
      command: '<%= config.bin %> <%= command.id %> received.car --quiet --json',
    },
  ];
  static override args = { file: stringArgument({ description: 'evidence pack', required: true }) };
  static override flags = withEnvironment({ 'decrypt-with': decryptWithFlag() });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(EvidenceShow);
    const { showPack } = await import('../../core/ipfs/index.ts');
    const identities = await loadIdentities(flags['decrypt-with'], (message) => this.warn(message));
    const shown = await withTemporaryFolder((folder) =>
      showPack(args.file, { signal: this.signal, folder, identities }),
    );
    return this.finish(shown, 0, (look) => renderPack(shown, look));
  }
}
