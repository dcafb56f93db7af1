import { chmodSync, cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DIGITS, KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, runStemma } from '../support/cli.ts';

export const TRAINER = path.join(import.meta.dirname, 'trainer.mjs');

/** A folder to train in: keys, the digits and their base model. */
export class Workshop {
  readonly dir = tempDir();

  constructor() {
    for (const name of ['base', 'data']) cpSync(path.join(DIGITS, name), this.at(name), { recursive: true });
    for (const name of ['p256', 'ed25519', 'p256-encrypted']) {
      cpSync(path.join(KEYS, `${name}.key`), this.at(`${name}.key`));
      chmodSync(this.at(`${name}.key`), 0o600);
    }
    cpSync(path.join(KEYS, 'p256.pub'), this.at('p256.pub'));
  }

  at(...parts: readonly string[]): string {
    return path.join(this.dir, ...parts);
  }

  stemma(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    return runStemma(args, { cwd: this.dir, env: { GIT_CEILING_DIRECTORIES: this.dir, ...env } });
  }

  /** `stemma run FLAGS -- COMMAND`. */
  run(flags: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    const given = flags.split(' ').filter((flag) => flag !== '');
    return this.stemma(['run', '--key', 'p256.key', ...given, '--', ...command], env);
  }

  /** A program in the folder, as a script of Node. */
  script(name: string, text: string): readonly string[] {
    writeFileSync(this.at(name), text);
    return [process.execPath, name];
  }

  /** Files that hold attestations or signatures. */
  evidence(folder = ''): string[] {
    if (!existsSync(this.at(folder))) return [];
    return readdirSync(this.at(folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(?:\.sig|\.attestations\.jsonl|\.manifest\.jsonl)$/.test(name),
    );
  }
}

export const MAKE_OUT = "mkdir -p out && echo '{}' > out/config.json";
