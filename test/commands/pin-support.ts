import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
export const KEY = path.join(ROOT, 'fixtures/keys/p256.key');

/** A secret that looks like a digest, as some services make them. */
export const TOKEN = '0123456789abcdef0123456789abcdef01234567';

/** A folder with a copy of the fixture model in `model`. */
export function temporaryModel(): { folder: string; model: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-pin-'));
  const model = path.join(folder, 'model');
  cpSync(path.join(ROOT, 'fixtures/digits/finetuned'), model, { recursive: true });
  return { folder, model, remove: () => rmSync(folder, { recursive: true }) };
}

/** Attests it with something worth hiding. */
export async function attest(model: string): Promise<void> {
  const { exitCode, stderr } = await runStemma(
    ['attest', model, '--key', KEY, '--no-source', '--param', 'customer=ACME', '--param', `wandb=${TOKEN}`],
    { cwd: path.dirname(model) },
  );
  if (exitCode !== 0) throw new Error(stderr);
}

/** The checks of a `--json` report, `TARGET-KIND id` to outcome. */
export function checksOf(result: CliResult): Record<string, string> {
  const report = onlyDocument(result.stdout).result as {
    targets: { target: string; checks: { id: string; outcome: string }[] }[];
  };
  return Object.fromEntries(
    report.targets.flatMap(({ target, checks }) =>
      checks.map(({ id, outcome }) => [`${target.split('=')[0]} ${id}`, outcome]),
    ),
  );
}
