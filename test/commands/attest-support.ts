import { chmodSync, cpSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DIGITS, KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, runStemma } from '../support/cli.ts';

/** Where models are attested: the folders of two and of a dataset, a log, private keys, and a temporary folder of its own. */
export interface Workplace {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stemma: (args: readonly string[], more?: Readonly<Record<string, string>>) => Promise<CliResult>;
  readonly attest: (...args: readonly string[]) => Promise<CliResult>;
  /** The files of evidence in the folder of a model. */
  readonly sideFiles: (model: string) => string[];
  /** What a run of the command forgot to remove. */
  readonly leftovers: () => string[];
}

/** Makes one for a test, after which it is removed. */
export function workplace(): Workplace {
  const dir = tempDir();
  for (const name of ['base', 'finetuned', 'data-rotated'])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  cpSync(path.join(DIGITS, 'logs/finetuned.jsonl'), path.join(dir, 'train.jsonl'));
  for (const name of ['p256', 'p384', 'ed25519', 'p256-encrypted']) {
    cpSync(path.join(KEYS, `${name}.key`), path.join(dir, `${name}.key`));
    chmodSync(path.join(dir, `${name}.key`), 0o600);
  }
  mkdirSync(path.join(dir, 'tmp'));
  const env = { TMPDIR: path.join(dir, 'tmp'), GIT_CEILING_DIRECTORIES: dir };
  const stemma: Workplace['stemma'] = (args, more) => runStemma(args, { cwd: dir, env: { ...env, ...more } });
  return {
    dir,
    env,
    stemma,
    attest: (...args) => stemma(['attest', ...args]),
    sideFiles: (model) => readdirSync(path.join(dir, model)).filter((name) => /^model\.(sig|.*jsonl)$/.test(name)),
    leftovers: () =>
      [dir, path.join(dir, 'finetuned'), path.join(dir, 'tmp')]
        .flatMap((at) => readdirSync(at))
        .filter((name) => /stemma/.test(name)),
  };
}

/** Gives a model a file whose hashing takes a while, and no room on the disk. */
export function enlarge(model: string): void {
  const file = path.join(model, 'large.bin');
  writeFileSync(file, '');
  truncateSync(file, 3 * 2 ** 30);
}
