import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { KnownHeaders, walkModel } from '../../../src/core/model/index.ts';
import { contradictsBytes } from '../../../src/core/verify/checks/contradiction.ts';
import { evaluate } from '../../../src/core/verify/evaluate.ts';
import { gatherEvidence } from '../../../src/core/verify/gather-evidence.ts';
import { ManifestShelf } from '../../../src/core/verify/manifest-shelf.ts';
import type { VerifyOptions } from '../../../src/core/verify/options.ts';
import { attest } from './attest-support.ts';
import { verifyOptions, writeModel } from './support.ts';

/** Compares a model whose manifest becomes another file after it was found to be the signed one, and before it is read again. */
async function whileSwapped(overrides: Partial<VerifyOptions>, content: string) {
  const model = writeModel({ 'weights.bin': 'numbers', 'notes.txt': 'x' });
  await attest(model, { modelSig: false });
  const options = verifyOptions(model, overrides);
  const listing = await walkModel(model, { allowSymlinks: false });
  const { collected, believed } = await gatherEvidence(listing, options);
  const shelf = await ManifestShelf.open(collected.manifests, believed, options);
  for (const entry of believed) expect(await shelf.for(entry)).toBeDefined();
  const manifest = path.join(model, 'model.manifest.jsonl');
  writeFileSync(`${manifest}.new`, content);
  renameSync(`${manifest}.new`, manifest);
  return evaluate(believed, { listing, shelf, options, allowSymlinks: false, headers: new KnownHeaders() });
}

const SAMPLE = { fraction: 0.5, accept: true, random: () => 0 };

test.each([
  ['--fast --ignore', { mode: 'fast', ignore: ['notes.txt'] }],
  ['--full --ignore', { mode: 'full', ignore: ['notes.txt'] }],
  ['--fast --ignore-unsigned-files', { mode: 'fast', ignore: ['notes.txt'], ignoreUnsignedFiles: true }],
  ['--sample', { mode: 'sample', sample: SAMPLE }],
] satisfies [string, Partial<VerifyOptions>][])(
  'a manifest that is swapped while %s reads it is a finding about each statement',
  async (_, overrides) => {
    for (const content of ['', '{}\n', '{"type":"no"}\n']) {
      const found = await whileSwapped(overrides, content);
      expect(found.map(({ match }) => match.outcome)).toEqual(['unavailable', 'unavailable']);
      expect(found.map(({ match }) => match.message)).toEqual(
        Array.from({ length: 2 }, () => 'model.manifest.jsonl changed while it was read'),
      );
      expect(found.some((entry) => contradictsBytes({ ...entry, isAncestor: false }))).toBe(false);
    }
  },
);

test('plain --ignore reads it once, before', async () => {
  const found = await whileSwapped({ ignore: ['notes.txt'] }, '');
  expect(found.map(({ match }) => match.outcome)).toEqual(['match', 'match']);
});
