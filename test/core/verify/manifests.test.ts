import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { blake3 } from '@napi-rs/blake-hash';
import { describe, expect, test } from 'vitest';
import { buildModelStatement, INTOTO_PAYLOAD_TYPE } from '../../../src/core/attestation/index.ts';
import { canonicalJson, type JsonValue } from '../../../src/core/bytes/index.ts';
import { fileTreeRoot, omsRootOf, segmentTreeRoot } from '../../../src/core/model/index.ts';
import { findManifests, loadSegments } from '../../../src/core/verify/manifests.ts';
import { attest, sign } from './attest-support.ts';
import { bundleOf, hex, omsStatement } from './oms-support.ts';
import {
  checkOf,
  checksOf,
  exitCode,
  type Overrides,
  requiredChecks,
  tempFolder,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const MANIFEST = 'model.manifest.jsonl';
const all = () => true;

async function attested(contents: Readonly<Record<string, string>> = { 'weights.bin': 'numbers' }): Promise<string> {
  const model = writeModel(contents);
  await attest(model);
  return model;
}

describe('between two reads of a manifest', () => {
  const swapped = async (bytes: (other: string) => string | Buffer) => {
    const model = await attested();
    const other = path.join(await attested({ 'weights.bin': 'NUMBERS' }), MANIFEST);
    const file = path.join(model, MANIFEST);
    const [place] = await findManifests([file], {});
    if (place === undefined) throw new Error('no manifest was found');
    expect((await loadSegments(place, all, {})).files.size).toBe(1);
    writeFileSync(`${file}.new`, bytes(other));
    renameSync(`${file}.new`, file);
    return loadSegments(place, all, {});
  };

  test('another sound manifest is not taken for the one that was compared', async () => {
    await expect(swapped((other) => readFileSync(other))).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  });

  test.each(['', '{', '{"type":"no"}\n'])('neither is %j', async (text) => {
    await expect(swapped(() => text)).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  });
});

describe('a manifest that costs its sender nothing', () => {
  test('is not hashed where no statement names one', async () => {
    const model = writeModel({ 'weights.bin': 'numbers' });
    await sign(model);
    writeFileSync(path.join(model, MANIFEST), '');
    truncateSync(path.join(model, MANIFEST), 12 * 2 ** 30);
    const begun = performance.now();

    expect(checksOf(await verify(model), 'content.manifest')).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  test('is too large to be the one that a statement names', async () => {
    const model = await attested();
    truncateSync(path.join(model, MANIFEST), 2 ** 34 + 1);
    const begun = performance.now();

    expect(checkOf(await verify(model, { require: ['manifest'] }), 'content.manifest')).toMatchObject({
      outcome: 'error',
      errorClass: 'malformed',
      message: expect.stringContaining('at most 17179869184 are read'),
    });
    expect(await exitCode(model)).toBe(0);
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  test('is let go as soon as the work is interrupted', async () => {
    const model = await attested();

    await expect(findManifests([path.join(model, MANIFEST)], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

describe('a manifest of another signer', () => {
  const SAMPLE: Overrides = {
    mode: 'sample',
    sample: { fraction: 1, accept: true, random: () => 0 },
    trust: [trustKey('p256'), trustKey('p384')],
  };
  const GOOD = 'good numbers';
  const EVIL = 'evil numbers';

  test('does not lend its segments to a statement that does not sign their root', async () => {
    const model = await thirdSet('sha256');

    expect(requiredChecks(await verify(model, { ...SAMPLE, threshold: 2 }))).toContain('match.identity missing');
    expect(await exitCode(model, { ...SAMPLE, threshold: 2 })).toBe(3);
    expect(await exitCode(model, { ...SAMPLE, trust: [trustKey('p256')] })).toBe(3);
  });

  test('nor to one that signs another root', async () => {
    const model = await thirdSet('blake3');

    expect(await exitCode(model, { ...SAMPLE, threshold: 2 })).toBe(3);
  });

  test('is as good as its own for a statement that signs the same root', async () => {
    const model = await attested();
    const copy = path.join(tempFolder(), 'model');
    cpSync(model, copy, { recursive: true });
    await attest(copy, { key: 'p384', manifest: false, force: true });

    expect(await exitCode(copy, { ...SAMPLE, threshold: 2 })).toBe(0);
    rmSync(path.join(copy, MANIFEST));
    expect(await exitCode(copy, { ...SAMPLE, threshold: 2 })).toBe(3);
  });

  /** P-256 signed the good bytes; P-384 signs their file digests and the segments of the evil ones, which lie there. */
  async function thirdSet(segmentHash: 'sha256' | 'blake3'): Promise<string> {
    const model = writeModel({ 'weights.bin': GOOD });
    await attest(model, { segmentHash, manifest: false, modelSig: false });
    const sha256 = Buffer.from(hex('sha256', GOOD), 'hex');
    const evil = blake3(Buffer.from(EVIL));
    const size = EVIL.length;
    const fileTree = fileTreeRoot([{ path: 'weights.bin', size, sha256 }]);
    const segmentTree = segmentTreeRoot('blake3', [
      { path: 'weights.bin', lengths: Float64Array.of(size), digests: evil },
    ]);
    const lines: JsonValue[] = [
      {
        type: 'https://w3id.org/stemma/manifest/v1',
        kind: 'folder',
        hash: 'blake3',
        files: 1,
        bytes: size,
        fileTree: { ...fileTree },
        segmentTree: { ...segmentTree },
        tensorSets: 0,
      },
      { type: 'file', path: 'weights.bin', size, sha256: sha256.toString('hex'), segments: 1 },
      { type: 'segment', offset: 0, length: size, digest: evil.toString('hex') },
    ];
    const manifest = lines.map((line) => `${canonicalJson(line)}\n`).join('');
    const payload = buildModelStatement({
      name: 'model',
      digest: {
        sha256: omsRootOf([{ sha256 }]),
        stemmaFileTreeV1: fileTree.root,
        stemmaSegmentTreeBlake3V1: segmentTree.root,
      },
      predicate: {
        kind: 'folder',
        digests: 'observed',
        files: 1,
        bytes: size,
        formats: [],
        fileTree: { ...fileTree, hash: 'sha256' },
        segmentTree,
        tensorSets: [],
        manifest: { sha256: hex('sha256', manifest) },
        ignored: [],
        opaque: [],
        allowSymlinks: false,
      },
    });
    const lie = await bundleOf(omsStatement([]), { payload, key: 'p384', payloadType: INTOTO_PAYLOAD_TYPE });
    const attestations = readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8');
    return writeFiles(model, {
      'weights.bin': EVIL,
      [MANIFEST]: manifest,
      'model.attestations.jsonl': `${attestations}${JSON.stringify(lie)}\n`,
    });
  }
});
