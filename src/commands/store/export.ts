import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { renderExported } from '../../cli/render/store.ts';
import { storeFlag, storeOf } from '../../cli/store-flags.ts';
import { requireFree, writeLines } from '../../cli/store-lines.ts';
import { StemmaError } from '../../core/errors/index.ts';
import { exportStore } from '../../core/store/index.ts';

export class StoreExport extends BaseCommand {
  static override summary = 'write every statement in the store as JSON Lines';
  static override description =
    'One bundle a line, in the order of their digests: equal stores give equal bytes. Damaged objects are left out, which exits 3. ' +
    'Manifests are not exported; stemma attest makes them from their models.';
  static override examples = [
    { description: 'to a file', command: '<%= config.bin %> <%= command.id %> -o statements.jsonl' },
    {
      description: 'in CI, to another program',
      command: '<%= config.bin %> <%= command.id %> --store store --quiet | gzip > statements.jsonl.gz',
    },
  ];
  static override flags = withEnvironment({
    output: string({ char: 'o', summary: 'file to write; default stdout', helpValue: 'FILE' }),
    force: boolean({ summary: 'replace a file that is there' }),
    store: storeFlag(),
  });

  async run(): Promise<object> {
    const { flags } = await this.parse(StoreExport);
    const { output, force } = flags;
    if (output === undefined && this.jsonEnabled())
      throw new StemmaError('USAGE', '--json takes stdout: name a file with --output');
    if (output !== undefined) requireFree(output, force);
    const exported = await exportStore({
      ...this.work,
      store: storeOf(flags),
      write: (lines) => writeLines(lines, output),
    });
    const exitCode = exported.damaged > 0 ? EXIT.incomplete : EXIT.done;
    if (output !== undefined) {
      const file = path.basename(output);
      return this.finish({ ...exported, file }, exitCode, (look) => renderExported(exported, file, look));
    }
    this.answerOnStderr((look) => renderExported(exported, undefined, look));
    return this.finish(exported, exitCode, '');
  }
}
