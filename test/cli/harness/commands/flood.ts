import { BaseCommand, EXIT } from '../../../../src/cli/index.ts';

/** A long answer with a negative verdict. */
export class Flood extends BaseCommand {
  async run(): Promise<object> {
    await this.parse(Flood);
    return this.finish(
      { lines: Array.from({ length: 100_000 }, (_, i) => i) },
      EXIT.negative,
      'line\n'.repeat(1_000_000),
    );
  }
}
