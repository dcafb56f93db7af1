import { boolean, string } from '@oclif/core/flags';
import { BaseCommand, EXIT, repeatable, trustedKeysFlag, withEnvironment } from '../../../../src/cli/index.ts';

/** Shows what became of its flags. */
export class FlagsCommand extends BaseCommand {
  static override flags = withEnvironment({
    param: repeatable({ summary: 'a parameter' }),
    key: trustedKeysFlag(),
    full: boolean(),
    force: boolean(),
    'max-bytes': string(),
  });

  async run(): Promise<object> {
    const { flags } = await this.parse(FlagsCommand);
    this.warn('a \u001b[31mwarning\u001b[0m ::set-output name=x::y');
    this.note('a note');
    return this.finish({ flags, environment: this.environment }, EXIT.done, 'done');
  }
}
