import type { Interfaces, Command as OclifCommand } from '@oclif/core';
import { parse } from '@oclif/core/parser';
import { PACKAGE_ROOT, packageVersion } from './package.ts';

export type FlagValues = Interfaces.OutputFlags<Interfaces.FlagInput>;
export type ArgValues = Interfaces.OutputArgs<Interfaces.ArgInput>;

/**
 * A command as oclif knows one (statics that describe it, and `run(argv)`: init, run, catch, finally, JSON), on oclif's parser
 * alone. oclif's own class comes with its configuration, plugins and help: 40 ms that nobody who verifies has a use for. For help,
 * completion and the manifest oclif reads the statics and asks for no more.
 */
export abstract class Command {
  /** `key:generate`; written by whoever looks the command up. */
  static id = '';
  static summary: string | undefined;
  static description: string | undefined;
  static usage: string | undefined;
  static examples: OclifCommand.Example[] | undefined;
  static args: Interfaces.ArgInput = {};
  static flags: Interfaces.FlagInput = {};
  static baseFlags: Interfaces.FlagInput = {};

  readonly argv: string[];
  /** Where the package lies, and its version. */
  readonly config = {
    root: PACKAGE_ROOT,
    get version() {
      return packageVersion();
    },
  };

  constructor(argv: readonly string[]) {
    this.argv = [...argv];
  }

  /** Runs the command to its end. Rejects only with what its `catch` lets pass. */
  static async run(this: new (argv: readonly string[]) => Command, argv: readonly string[]): Promise<unknown> {
    const command = new this(argv);
    let result: unknown;
    try {
      command.init();
      result = await command.run();
    } catch (thrown) {
      command.catch(thrown instanceof Error ? thrown : new TypeError(`thrown: ${typeof thrown}`, { cause: thrown }));
    } finally {
      command.finally();
    }
    if (result !== undefined && command.jsonEnabled()) command.logJson(result);
    return result;
  }

  abstract run(): Promise<unknown>;
  abstract jsonEnabled(): boolean;
  protected abstract init(): void;
  protected abstract catch(thrown: Error): void;
  protected abstract finally(): void;
  protected abstract logJson(result: unknown): void;

  protected get ctor(): typeof Command {
    return this.constructor as typeof Command;
  }

  /** The flags and arguments, by the statics of the command's class. */
  protected async parse<F extends FlagValues, B extends FlagValues, A extends ArgValues>(
    options: Interfaces.Input<F, B, A>,
    argv: readonly string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    return parse([...argv], {
      ...options,
      flags: { ...options.baseFlags, ...options.flags } as Interfaces.FlagInput<F>,
    });
  }
}
