import { BaseCommand, EXIT } from '../../../../src/cli/index.ts';

/** Breaks when the answer is out. */
export class Afterwards extends BaseCommand {
  async run(): Promise<object> {
    await this.parse(Afterwards);
    setTimeout(() => {
      throw new Error('too late');
    }, 50);
    return this.finish({}, EXIT.done, 'done');
  }
}
