import { boolean } from '@oclif/core/flags';
import { BaseCommand, EXIT } from '../../../../src/cli/index.ts';

/** Throws what no command should, at once or behind the back of the command. */
export class Crash extends BaseCommand {
  static override flags = { later: boolean() };

  async run(): Promise<object> {
    const { flags } = await this.parse(Crash);
    const error = new TypeError(`cannot read ${import.meta.filename}\u001b[2J`);
    if (!flags.later) throw error;
    setTimeout(() => {
      throw error;
    }, 1);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    return this.finish({}, EXIT.done, '');
  }
}
