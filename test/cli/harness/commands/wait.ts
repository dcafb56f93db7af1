import { rmSync, writeFileSync } from 'node:fs';
import { BaseCommand, EXIT } from '../../../../src/cli/index.ts';
import { StemmaError } from '../../../../src/core/errors/index.ts';

/** Works until it is interrupted, then cleans up and throws what core throws. */
export class Wait extends BaseCommand {
  async run(): Promise<object> {
    await this.parse(Wait);
    writeFileSync('half-written.tmp', '');
    const busy = setInterval(() => this.work.onProgress({ phase: 'waiting', done: 1, total: 2 }), 20);
    process.stderr.write('ready\n');
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve));
    clearInterval(busy);
    rmSync('half-written.tmp');
    if (this.argv.length < 99) throw new StemmaError('INTERRUPTED', 'interrupted');
    return this.finish({}, EXIT.done, '');
  }
}
