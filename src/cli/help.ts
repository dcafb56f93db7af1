import { CommandHelp, Help } from '@oclif/core/help';
import { isJsonRequested, printEnvelope, resultEnvelope } from './envelope.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';

/** Help with the exit codes, which CI scripts are written from. */
class StemmaCommandHelp extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const codes = EXIT_MEANINGS.map(([code, meaning]) => `${String(code).padStart(3)}  ${meaning}`).join('\n');
    return [...super.sections(), { header: 'EXIT CODES', generate: () => codes }];
  }
}

/** Help that keeps the promise of `--json`: one document on stdout, here with the text inside. */
export class StemmaHelp extends Help {
  protected override CommandHelpClass = StemmaCommandHelp;
  #collected: string[] | undefined;

  override async showHelp(argv: string[]): Promise<void> {
    // For a bare topic (`stemma key --json`) oclif passes the topic alone, without the flags.
    if (!isJsonRequested(argv) && !isJsonRequested(process.argv)) return super.showHelp(argv);
    this.#collected = [];
    await super.showHelp(argv.filter((argument) => argument !== '--json'));
    printEnvelope(resultEnvelope('help', EXIT.done, { text: this.#collected.join('\n') }, []));
  }

  protected override log(...args: string[]): void {
    if (this.#collected === undefined) super.log(...args);
    else this.#collected.push(args.join(' '));
  }
}
