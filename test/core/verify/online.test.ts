import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VERIFY_DEFAULTS } from '../../../src/core/defaults.ts';
import { type ErrorCode, StemmaError } from '../../../src/core/errors/index.ts';
import { type BlockSource, filesDag } from '../../../src/core/ipfs/index.ts';
import { parsePublicKey } from '../../../src/core/keys/index.ts';
import { EvidenceFetcher } from '../../../src/core/verify/fetch-evidence.ts';
import {
  exitCodeOf,
  type Report,
  type TrustEntry,
  type VerifyOptions,
  verifyModel,
} from '../../../src/core/verify/index.ts';
import { Blocks, folder, noise } from '../ipfs/support/blocks.ts';
import { type Bereft, makeBereft, removeBereft } from './online-support.ts';
import { NOW, tempFolder } from './support.ts';

let family: Bereft;

beforeAll(async () => {
  family = await makeBereft();
}, 120_000);
afterAll(() => removeBereft(family));
beforeEach(() => {
  family.blocks.asked = [];
});

const trust = (...names: readonly string[]): TrustEntry[] =>
  names.map((name) => ({
    kind: 'key',
    label: name,
    key: parsePublicKey(readFileSync(path.join(family.dir, `${name}.pub`))),
  }));

interface Asked extends Partial<VerifyOptions> {
  readonly ancestorsOf?: readonly string[];
}

async function verified({ ancestorsOf = ['publisher', 'owner'], ...options }: Asked) {
  const report = await verifyModel({
    ...VERIFY_DEFAULTS,
    model: family.model,
    trust: trust('trainer'),
    ...(ancestorsOf.length === 0 ? {} : { ancestors: { trust: trust(...ancestorsOf) } }),
    at: NOW,
    version: '0.0.0',
    ...options,
  });
  return { report, exitCode: exitCodeOf(report) };
}

const links = ({ checks }: Report): string[] =>
  checks.filter(({ id }) => id === 'lineage.ancestor').map(({ outcome, errorClass }) => errorClass ?? outcome);
const fetches = ({ checks }: Report): string[] =>
  checks.filter(({ id }) => id === 'collect.ancestor').map(({ outcome, errorClass }) => errorClass ?? outcome);

/** A source that always fails in one way. */
const failing = (code: ErrorCode): BlockSource => ({
  get: () => Promise.reject(new StemmaError(code, `the gateway ${code}`)),
});

describe('verify with the evidence of ancestors elsewhere', () => {
  it('verifies every generation, each by what the link before it names', async () => {
    const { report, exitCode } = await verified({ online: family.blocks });

    expect([exitCode, links(report), fetches(report)]).toEqual([0, ['pass', 'pass'], ['pass', 'pass']]);
    expect(family.blocks.asked).toContain(family.cids.base);
    expect(family.blocks.asked).toContain(family.cids.data);
    expect(report.lineage.nodes.map(({ name }) => name)).toEqual(['finetuned', 'base', 'data']);
  });

  it('is not decided offline', async () => {
    const { report, exitCode } = await verified({});

    expect([exitCode, links(report), fetches(report)]).toEqual([3, ['missing'], []]);
  });

  it('asks for nothing that is at hand from somebody trusted', async () => {
    const model = path.join(tempFolder(), 'finetuned');
    cpSync(family.model, model, { recursive: true });
    writeFileSync(path.join(model, 'model.attestations.jsonl'), family.whole);

    const { report } = await verified({ model, online: family.blocks });

    expect(links(report)).toEqual(['pass', 'pass']);
    expect(family.blocks.asked).not.toContain(family.cids.base);
    expect(family.blocks.asked).toContain(family.cids.data);
  });

  it('follows no more generations than asked', async () => {
    const { report, exitCode } = await verified({ online: family.blocks, maxDepth: 1 });

    expect(exitCode).toBe(3);
    expect(fetches(report)).toEqual(['pass']);
    expect(family.blocks.asked).not.toContain(family.cids.data);
  });

  it('shows ancestors when nobody is trusted for them, and verifies none', async () => {
    const { report, exitCode } = await verified({ online: family.blocks, ancestorsOf: [] });

    expect([exitCode, fetches(report)]).toEqual([0, ['pass', 'pass']]);
    expect(report.lineage.nodes.map(({ outcome }) => outcome)).toEqual(['pass', 'skip', 'skip']);
  });

  it('does not believe what it fetched because it was fetched', async () => {
    const { report, exitCode } = await verified({ online: family.blocks, ancestorsOf: ['stranger'] });

    expect([exitCode, links(report)]).toEqual([3, ['missing']]);
    expect(fetches(report)).toEqual(['pass', 'pass']);
  });

  it.each([
    ['BLOCK_MISSING', 3, 'missing'],
    ['REMOTE_UNAVAILABLE', 5, 'unavailable'],
    ['REMOTE_ANSWER_INVALID', 5, 'unavailable'],
    ['BLOCK_MISMATCH', 5, 'unavailable'],
    ['UNIXFS_INVALID', 4, 'malformed'],
    ['TOO_LARGE', 4, 'malformed'],
  ] as const)('never passes when a source fails with %s, which exits %i', async (code, expected, outcome) => {
    const { report, exitCode } = await verified({ online: failing(code) });

    expect([exitCode, links(report), fetches(report)]).toEqual([expected, [outcome], [outcome]]);
    expect(report.checks.find(({ id }) => id === 'lineage.ancestor')?.message).toContain(`the gateway ${code}`);
  });

  it('keeps the verdict on the model itself when a source fails and no ancestor is asked for', async () => {
    const { report, exitCode } = await verified({ online: failing('REMOTE_UNAVAILABLE'), ancestorsOf: [] });

    expect([exitCode, fetches(report)]).toEqual([0, ['unavailable']]);
  });

  it('lets only the link whose evidence failed be unavailable', async () => {
    const source: BlockSource = {
      get: (cid) =>
        cid.toString() === family.cids.data
          ? Promise.reject(new StemmaError('REMOTE_UNAVAILABLE', 'gone'))
          : family.blocks.get(cid),
    };

    const { report, exitCode } = await verified({ online: source });

    expect([exitCode, links(report), fetches(report)]).toEqual([5, ['pass', 'unavailable'], ['pass', 'unavailable']]);
  });

  it('does not let the fetched base stand in for its child, whoever signed it', async () => {
    const model = path.join(tempFolder(), 'finetuned');
    cpSync(path.join(family.dir, 'base'), model, { recursive: true });
    for (const name of ['model.attestations.jsonl', 'model.sig'])
      cpSync(path.join(family.model, name), path.join(model, name));

    const { exitCode } = await verified({ model, online: family.blocks, trust: trust('trainer', 'publisher') });

    expect(exitCode).toBe(1);
  });

  it('does not take what was fetched for what the model is, where nothing else says it', async () => {
    const model = path.join(tempFolder(), 'finetuned');
    cpSync(path.join(family.dir, 'base'), model, { recursive: true });
    const lines = readFileSync(path.join(family.model, 'model.attestations.jsonl'), 'utf8').trimEnd().split('\n');
    const provenance = lines.filter((line) =>
      Buffer.from(line.split('"payload":"')[1] ?? '', 'base64').includes('slsa.dev'),
    );
    writeFileSync(path.join(model, 'model.attestations.jsonl'), `${provenance.join('\n')}\n`);
    for (const name of ['model.sig', 'model.manifest.jsonl']) rmSync(path.join(model, name));

    const { report, exitCode } = await verified({ model, online: family.blocks, trust: trust('trainer', 'publisher') });

    expect(provenance).toHaveLength(1);
    expect(exitCode).toBe(3);
    expect(report.signers).toEqual([]);
  });

  it('is no way to verify without a trust root', async () => {
    await expect(
      verified({ online: family.blocks, trust: [], ancestorsOf: [], integrityOnly: true }),
    ).rejects.toMatchObject({ code: 'USAGE' });
    expect(family.blocks.asked).toEqual([]);
  });

  it('ends when it is interrupted', async () => {
    await expect(verified({ online: failing('INTERRUPTED') })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('a folder of evidence that was fetched', () => {
  const fetched = async (
    files: Readonly<Record<string, Uint8Array | string>>,
    source?: (blocks: Blocks) => BlockSource,
  ) => {
    const blocks = new Blocks();
    const dag = await filesDag(
      Object.entries(files).map(([path, content]) => ({
        path,
        source: typeof content === 'string' ? new TextEncoder().encode(content) : content,
      })),
    );
    for await (const { cid, bytes } of dag.blocks()) blocks.put(cid, bytes);
    const found = new EvidenceFetcher(source?.(blocks) ?? blocks, undefined).fetch(`ipfs://${dag.root.toString()}`);
    return { blocks, found };
  };

  it('gives one malformed bundle for each line that does not parse, with its place', async () => {
    const { found } = await fetched({ 'model.attestations.jsonl': '{"a":1}\n\nnot json\n' });

    expect(await found).toMatchObject([
      { ref: { line: 1 }, content: { error: { code: 'BUNDLE_INVALID' } } },
      { ref: { line: 3 }, content: { error: { code: 'JSON_INVALID' } } },
    ]);
  });

  it('is read by the names of side files alone, those of single-file models included', async () => {
    const { found } = await fetched({
      'x.gguf.attestations.jsonl': '{}\n',
      'x.gguf.sig': '{}',
      'README.md': '{}',
      'model.manifest.jsonl': '{}\n',
    });

    expect((await found).map(({ ref }) => ref.source.split('/').at(-1))).toEqual([
      'x.gguf.attestations.jsonl',
      'x.gguf.sig',
    ]);
  });

  it('does not bring a manifest with it, whatever its size', async () => {
    const { blocks, found } = await fetched({ 'model.manifest.jsonl': noise(5_000_000), 'model.sig': '{}' });

    expect(await found).toHaveLength(1);
    expect(blocks.asked).toHaveLength(3);
  });

  it('is refused with folders in it, or with more files than side files', async () => {
    const nested = await fetched({ 'deep/model.sig': '{}' });
    await expect(nested.found).rejects.toMatchObject({ code: 'TOO_LARGE' });

    const many = await fetched(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`${i}`, '{}'])));
    await expect(many.found).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('is refused when an attestations file is larger than any may be, before it is fetched', async () => {
    const blocks = new Blocks();
    const part = blocks.raw(noise(1024 * 1024));
    const { node, fileData } = await import('../ipfs/support/blocks.ts');
    const parts = Array.from({ length: 129 }, () => ({ cid: part }));
    const file = blocks.pb(
      node(
        fileData(
          129 * 1024 * 1024,
          parts.map(() => 1024 * 1024),
        ),
        parts,
      ),
    );
    const root = blocks.pb(folder([{ cid: file, name: 'model.attestations.jsonl' }]));

    const found = new EvidenceFetcher(blocks, undefined).fetch(`ipfs://${root.toString()}`);

    await expect(found).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(blocks.asked).toHaveLength(2);
  });

  it('is refused when it is a file', async () => {
    const blocks = new Blocks();
    const found = new EvidenceFetcher(blocks, undefined).fetch(`ipfs://${blocks.raw(noise(4)).toString()}`);

    await expect(found).rejects.toMatchObject({ code: 'UNIXFS_INVALID' });
  });
});
