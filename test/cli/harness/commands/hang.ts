import { BaseCommand } from '../../../../src/cli/index.ts';

/** Ignores the first interrupt. */
export class Hang extends BaseCommand {
  async run(): Promise<object> {
    await this.parse(Hang);
    process.stderr.write('ready\n');
    setInterval(() => undefined, 1000);
    return new Promise(() => undefined);
  }
}
