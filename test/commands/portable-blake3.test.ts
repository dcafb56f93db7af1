import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliResult, runStemma } from '../support/cli.ts';

/** A host for which the package has no binary looks so to it. */
const NO_BINARY = { NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere' };
const WARNING = 'no native BLAKE3 for this host';
/** From here on threads do the work. */
const LARGE = 128 * 1024 * 1024;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'stemma-portable-'));
  writeFileSync(path.join(dir, 'small'), 'x');
  writeFileSync(path.join(dir, 'large'), '');
  truncateSync(path.join(dir, 'large'), LARGE);
});
afterAll(() => rmSync(dir, { recursive: true }));

const digest = (file: string, env: Readonly<Record<string, string>>, ...flags: string[]): Promise<CliResult> =>
  runStemma(['digest', path.join(dir, file), '--jobs', '2', ...flags], { env });

it.each(['small', 'large'])(
  'without native BLAKE3 a %s model has the same digests, and one warning',
  async (file) => {
    const native = await digest(file, {});
    const portable = await digest(file, NO_BINARY);

    expect([portable.exitCode, portable.stdout]).toEqual([0, native.stdout]);
    expect(native.stderr).not.toContain(WARNING);
    expect(portable.stderr.split(WARNING)).toHaveLength(2);
  },
  120_000,
);

it.each(['small', 'large'])(
  'nobody is warned who asks for no BLAKE3 of a %s model',
  async (file) => {
    const { exitCode, stderr } = await digest(file, NO_BINARY, '--digest', 'sha256');
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining(WARNING)]);
  },
  120_000,
);
