import {
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../../src/core/bytes/index.ts';
import type { Report } from '../../../src/core/verify/index.ts';
import { attest } from './attest-support.ts';
import { bundleOf, omsStatement, putSignature, resourcesOf } from './oms-support.ts';
import {
  checkOf,
  checksOf,
  DIGITS,
  exitCode,
  type Overrides,
  requiredChecks,
  safetensors,
  tempFolder,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const MODES = ['verify', 'fast', 'full'] as const;
const claimedKeys = ({ claimed }: Report): string[] =>
  [...new Set(claimed.map(({ name }) => name))].filter((name) => /^(?:sha256|stemma)/.test(name)).toSorted();

/** A copy of a fixture of digits, attested with P-256; a `file` is taken out of its folder and attested alone. */
async function attested(
  fixture: string,
  overrides: Parameters<typeof attest>[1] & { readonly file?: string } = {},
): Promise<string> {
  const { file, ...options } = overrides;
  const folder = path.join(tempFolder(), 'model');
  cpSync(path.join(DIGITS, fixture), folder, { recursive: true });
  const model = file === undefined ? folder : path.join(folder, file);
  await attest(model, options);
  return model;
}

/** Flips one bit of the file's last byte, which in these fixtures is a weight; gives the way back. */
function flipLast(file: string): () => void {
  const before = readFileSync(file);
  const after = Buffer.from(before);
  after[after.length - 1] = (after.at(-1) ?? 0) ^ 1;
  writeFileSync(file, after);
  return () => writeFileSync(file, before);
}

describe.each([
  ['a folder', 'finetuned', 'model.safetensors', {}],
  ['shards with an index', 'resharded', 'model-00002-of-00003.safetensors', {}],
  ['a folder with GGUF', 'gguf', 'digits-finetuned.gguf', {}],
  ['a single safetensors file', 'finetuned', '', { file: 'model.safetensors' }],
  ['a single GGUF file', 'gguf', '', { file: 'digits-finetuned.gguf' }],
  ['a folder under SHA-256 alone', 'finetuned', 'model.safetensors', { segmentHash: 'sha256' }],
  ['a folder with an opaque container', 'finetuned', 'model.safetensors', { opaque: ['model.safetensors'] }],
] as const)('%s', (_, fixture, changed, options) => {
  test.each(MODES)('verifies with %s, and not after one bit changed', async (mode) => {
    const model = await attested(fixture, options);

    expect(requiredChecks(await verify(model, { mode }))).toEqual(['match.identity pass']);
    const restore = flipLast(path.join(model, changed));
    const report = await verify(model, { mode });
    expect(checkOf(report, 'match.identity').outcome).toBe('fail');
    expect(report.changes).toMatchObject([{ path: changed, change: 'changed' }]);
    restore();
    expect(await exitCode(model, { mode })).toBe(0);
  });

  test('says of every root whether it was recomputed or is claimed', async () => {
    const model = await attested(fixture, options);
    const segment = 'segmentHash' in options ? 'stemmaSegmentTreeSha256V1' : 'stemmaSegmentTreeBlake3V1';
    const known = async (mode: (typeof MODES)[number]) => {
      const report = await verify(model, { mode });
      return [Object.keys(report.subject.digests).toSorted(), claimedKeys(report)];
    };

    expect(await known('verify')).toEqual([['sha256', 'stemmaFileTreeV1'], [segment]]);
    expect(await known('fast')).toEqual([[segment], ['sha256', 'stemmaFileTreeV1']]);
    expect(await known('full')).toEqual([['sha256', 'stemmaFileTreeV1', segment], []]);
  });
});

describe('--fast', () => {
  test('leaves OMS statements out and says so', async () => {
    const report = await verify(await attested('finetuned'), { mode: 'fast' });

    expect(checksOf(report, 'match.statement')[0]).toMatchObject({ outcome: 'skip' });
    expect(report.skipped).toContain('OMS statements: not compared with --fast');
  });

  test('cannot decide where nothing but an OMS statement is there', async () => {
    const model = writeModel({ 'weights.bin': 'numbers' });
    await putSignature(model, omsStatement(resourcesOf({ 'weights.bin': 'numbers' })));

    expect(await exitCode(model, { mode: 'fast' })).toBe(3);
  });

  test('does not see a model.sig that differs, which the other speeds refuse', async () => {
    const model = await attested('finetuned');
    await putSignature(model, omsStatement(resourcesOf({ x: 'y' })));

    expect(await exitCode(model, { mode: 'fast' })).toBe(0);
    expect(await exitCode(model)).toBe(1);
    expect(await exitCode(model, { mode: 'full' })).toBe(1);
  });

  test.each<[string, (folder: string) => void, object]>([
    ['added', (folder) => void writeFiles(folder, { 'new.txt': '' }), { path: 'new.txt', change: 'added' }],
    ['missing', (folder) => rmSync(path.join(folder, 'config.json')), { path: 'config.json', change: 'missing' }],
    [
      'renamed',
      (folder) => {
        copyFileSync(path.join(folder, 'config.json'), path.join(folder, 'd.json'));
        rmSync(path.join(folder, 'config.json'));
      },
      { path: 'd.json' },
    ],
    [
      'truncated',
      (folder) => truncateSync(path.join(folder, 'README.md'), 3),
      { path: 'README.md', change: 'changed' },
    ],
  ])('names a file that is %s', async (_, change, expected) => {
    const model = await attested('finetuned');
    change(model);
    const report = await verify(model, { mode: 'fast' });

    expect(report.result).toBe('fail');
    expect(report.changes).toContainEqual(expect.objectContaining(expected));
  });

  test('names the tensors that changed', async () => {
    const model = await attested('finetuned');
    flipLast(path.join(model, 'model.safetensors'));

    expect((await verify(model, { mode: 'fast' })).changes[0]?.tensors).toHaveLength(1);
  });
});

describe('--sample', () => {
  const sampled = (fraction: number, accept: boolean, random = () => 0): Overrides => ({
    mode: 'sample',
    sample: { fraction, accept, random },
  });

  test('a matching sample decides nothing by itself', async () => {
    const model = await attested('finetuned');

    expect(requiredChecks(await verify(model, sampled(1, false)))).toEqual([
      'match.identity pass',
      'match.sample unknown',
    ]);
    expect(await exitCode(model, sampled(1, false))).toBe(3);
    expect(await exitCode(model, sampled(0.5, true))).toBe(0);
  });

  test('says with what probability a change escapes', async () => {
    const model = await attested('finetuned');
    const message = async (fraction: number): Promise<string> =>
      checkOf(await verify(model, sampled(fraction, true)), 'match.sample').message;

    expect(await message(1)).toMatch(
      /^(\d+) of \1 segments drawn and equal; one changed segment escapes with probability 0\.0000$/,
    );
    const [, drawn, total, escape] = /^(\d+) of (\d+) .* (0\.\d{4})$/.exec(await message(0.5)) ?? [];
    expect(Number(drawn)).toBe(Math.ceil(Number(total) / 2));
    expect(Number(escape)).toBeCloseTo(1 - Number(drawn) / Number(total), 3);
  });

  test('a changed segment that is drawn fails, even where samples are accepted', async () => {
    const model = await attested('finetuned');
    flipLast(path.join(model, 'model.safetensors'));

    expect(await exitCode(model, sampled(1, true))).toBe(1);
  });

  test('a changed segment that is not drawn escapes, as was said', async () => {
    const model = await attested('finetuned');
    flipLast(path.join(model, 'model.safetensors'));

    // The first segments in order are drawn, and the changed one is the last.
    expect(await exitCode(model, sampled(0.1, true))).toBe(0);
  });

  test.each<[string, (folder: string) => void]>([
    ['is added', (folder) => void writeFiles(folder, { 'new.txt': 'x' })],
    ['is missing', (folder) => rmSync(path.join(folder, 'config.json'))],
    ['has another size', (folder) => truncateSync(path.join(folder, 'config.json'), 3)],
  ])('a file that %s is seen whatever is drawn', async (_, change) => {
    const model = await attested('finetuned');
    change(model);

    expect(await exitCode(model, sampled(0.01, true))).toBe(1);
  });

  test('without the manifest, or with OMS alone, there is nothing to draw from', async () => {
    const model = await attested('finetuned');
    rmSync(path.join(model, 'model.manifest.jsonl'));
    expect(await exitCode(model, sampled(1, true))).toBe(3);
    rmSync(path.join(model, 'model.attestations.jsonl'));
    expect(await exitCode(model, sampled(1, true))).toBe(3);
  });

  test('a manifest with another byte is not used', async () => {
    const model = await attested('finetuned');
    const file = path.join(model, 'model.manifest.jsonl');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);

    expect(await exitCode(model, sampled(1, true))).toBe(3);
  });

  test('only what is drawn counts against --max-bytes', async () => {
    const model = await attested('finetuned');
    const { size } = statSync(path.join(model, 'model.safetensors'));

    expect(await exitCode(model, { ...sampled(0.1, true), maxBytes: size - 1 })).toBe(0);
    expect(await exitCode(model, { ...sampled(1, true), maxBytes: size - 1 })).toBe(3);
  });
});

describe('--full', () => {
  test('keys of one statement that are of different bytes fail, whatever else matches', async () => {
    const model = await attested('finetuned');
    const other = await attested('fp16');
    const { digests } = (await verify(other, { mode: 'fast' })).subject;
    const lines = readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8');
    const mixed = await mixSegmentRoot(lines, digests['stemmaSegmentTreeBlake3V1'] ?? '');
    writeFileSync(path.join(model, 'model.attestations.jsonl'), mixed);

    expect(await exitCode(model)).toBe(0);
    expect(await exitCode(model, { mode: 'full' })).toBe(1);
    expect(await exitCode(model, { mode: 'fast' })).toBe(1);
  });
});

describe('when nothing authenticates', () => {
  test.each(MODES)('the weights are not read (%s)', async (mode) => {
    const model = await attested('finetuned');
    const weights = path.join(model, 'model.safetensors');
    truncateSync(weights, 2 ** 40);
    utimesSync(weights, 1, 1);
    const begun = performance.now();

    expect(await exitCode(model, { mode, trust: [trustKey('p384')] })).toBe(3);
    // A sparse terabyte takes minutes to hash.
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('neither are they where there is no evidence', async () => {
    const model = writeModel({});
    closeSync(openSync(path.join(model, 'weights.bin'), 'w'));
    truncateSync(path.join(model, 'weights.bin'), 2 ** 40);

    expect(await exitCode(model)).toBe(3);
  });
});

test('a tensor that changed is named by every speed', async () => {
  const model = writeModel({ 'model.safetensors': safetensors({ first: [1, 2], second: [3, 4] }) });
  await attest(model);
  const file = openSync(path.join(model, 'model.safetensors'), 'r+');
  writeSync(file, Buffer.of(9), 0, 1, statSync(path.join(model, 'model.safetensors')).size - 1);
  closeSync(file);

  for (const mode of MODES) expect((await verify(model, { mode })).changes).toMatchObject([{ tensors: ['second'] }]);
});

/** The model statement of an attestations file, re-signed by the same key with another segment root. */
async function mixSegmentRoot(lines: string, root: string): Promise<string> {
  const [first = '', ...rest] = lines.split('\n');
  const bundle: { readonly dsseEnvelope: { readonly payload: string } } = JSON.parse(first);
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
  const { subject } = JSON.parse(payload) as {
    readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[];
  };
  const own = subject[0]?.digest['stemmaSegmentTreeBlake3V1'] ?? '';
  const mixed = encodeUtf8(payload.replaceAll(own, root));
  return [JSON.stringify(await bundleOf(undefined, { payload: mixed })), ...rest].join('\n');
}
