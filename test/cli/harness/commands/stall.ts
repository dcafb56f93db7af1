import { BaseCommand } from '../../../../src/cli/index.ts';

/** Waits for something that never comes, with nothing left that keeps the process alive. */
export class Stall extends BaseCommand {
  async run(): Promise<object> {
    await this.parse(Stall);
    return new Promise(() => undefined);
  }
}
