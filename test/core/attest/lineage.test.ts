import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BaseReference, parseBaseReference, parseDatasetReference } from '../../../src/core/attest/index.ts';
import { signedLine } from '../../../src/core/attest/signed-line.ts';
import { buildModelStatement, parseModelPredicate } from '../../../src/core/attestation/index.ts';
import { digest, expectCode, LFS_POINTER, modelOf, safetensors, tempDir, writeFiles } from '../model/support.ts';
import {
  attest,
  auditor,
  digits,
  kindsOf,
  linesOf,
  listen,
  type Overrides,
  provenanceOf,
  sign,
  smallModel,
  snapshot,
  statementsOf,
  trainer,
} from './support.ts';

let dir: string;
let base: string;
let child: string;
beforeEach(() => {
  dir = tempDir();
  base = digits(dir, 'base');
  child = digits(dir, 'finetuned');
});

const from = (...texts: readonly string[]): { bases: BaseReference[] } => ({ bases: texts.map(parseBaseReference) });
const on = (...texts: readonly string[]): Pick<Overrides, 'datasets'> => ({
  datasets: texts.map(parseDatasetReference),
});
const linkOf = (model: string) => {
  const [link] = provenanceOf(model).links;
  if (link === undefined) throw new Error('no link there');
  return link;
};
const attestations = (model: string): string => path.join(model, 'model.attestations.jsonl');

describe('a base model given by its path', () => {
  it('is named by the digests of its bytes', async () => {
    const result = await attest(child, from(`converted-from=${base}`));
    const { trees } = await digest(base);
    expect(provenanceOf(child).links).toEqual([
      {
        role: 'base-model',
        relation: 'converted-from',
        name: 'base',
        uri: undefined,
        digest: trees.digests,
        evidence: 'declared',
        ignored: [],
        opaque: [],
        share: undefined,
      },
    ]);
    expect(result.links).toEqual([
      { relation: 'converted-from', role: 'base-model', name: 'base', digests: trees.digests },
    ]);
    expect(kindsOf(child)).toEqual(['model/v1', 'provenance/v1']);
  });

  it('without a relation is said aloud to be one to fine-tune', async () => {
    const { said, onWarning } = listen();
    await attest(child, { ...from(base), onWarning });
    expect(linkOf(child).relation).toBe('finetuned-from');
    expect(said).toEqual([expect.stringContaining('finetuned-from is assumed')]);
  });

  it('with a relation is not remarked upon', async () => {
    const { said, onWarning } = listen();
    await attest(child, { ...from(`finetuned-from=${base}`), onWarning });
    expect(said).toEqual([]);
  });

  it('brings its evidence, model.sig first, byte by byte', async () => {
    await attest(base, { signer: auditor });
    const result = await attest(child, from(base));
    expect(result.copiedEvidence).toBe(3);
    expect(linesOf(attestations(child)).slice(2)).toEqual([
      readFileSync(path.join(base, 'model.sig'), 'utf8').trim(),
      ...linesOf(attestations(base)),
    ]);
  });

  it("brings its ancestors' evidence, generation after generation, each line once", async () => {
    await attest(base);
    await attest(child, from(base));
    const grandchild = digits(dir, 'fp16');
    await attest(grandchild, from(`converted-from=${child}`, `merged-from=${base}`));
    const lines = linesOf(attestations(grandchild));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toHaveLength(2 + 3 + 3);
    for (const line of [...linesOf(attestations(base)), ...linesOf(attestations(child))]) expect(lines).toContain(line);
  });

  it('leaves its evidence behind with --no-parent-evidence', async () => {
    await attest(base);
    const result = await attest(child, { ...from(base), copyParentEvidence: false });
    expect([result.copiedEvidence, linesOf(attestations(child)).length]).toEqual([0, 2]);
  });

  it('that was attested with --ignore is named by that set, and the link says so', async () => {
    writeFiles(base, { 'scratch/notes.txt': 'x' });
    await attest(base, { ignore: ['scratch'] });
    const { said, onWarning } = listen();
    await attest(child, { ...from(`adapter-of=${base}`), onWarning });
    const { trees } = await digest(base, { ignored: ['scratch'] });
    expect(linkOf(child)).toMatchObject({ digest: trees.digests, ignored: ['scratch'] });
    expect(said.join()).toContain('leaves out what its statement ignores: "scratch"');
  });

  it('that was attested with --opaque and --digest sha256 is named by that set', async () => {
    await attest(base, { opaque: ['model.safetensors'], segmentHash: 'sha256' });
    await attest(child, from(base));
    const { trees } = await digest(base, { opaque: ['model.safetensors'], segmentHash: 'sha256' });
    expect(linkOf(child)).toMatchObject({ digest: trees.digests, opaque: ['model.safetensors'] });
  });

  it('that was signed by OMS alone is named by our set under its ignores', async () => {
    writeFiles(base, { 'scratch.txt': 'x' });
    await sign(base, { ignore: ['scratch.txt'] });
    await attest(child, from(base));
    const { trees } = await digest(base, { ignored: ['scratch.txt'] });
    expect(linkOf(child)).toMatchObject({ digest: trees.digests, ignored: ['scratch.txt'] });
    expect(kindsOf(child)).toEqual(['model/v1', 'provenance/v1', 'signature/v1.0']);
  });

  it('whose evidence does not match its bytes is named by its bytes, which is said, and stale evidence stays behind', async () => {
    await attest(base);
    writeFiles(base, { 'README.md': 'changed since' });
    const { said, onWarning } = listen();
    const result = await attest(child, { ...from(`adapter-of=${base}`), onWarning });
    expect(linkOf(child).digest).toEqual((await digest(base)).trees.digests);
    expect(said).toEqual(['no statement with "base" matches its bytes: the link names the bytes as they are']);
    expect(result.copiedEvidence).toBe(0);
  });

  it('whose evidence has a former state as well brings what is about this one', async () => {
    await attest(base);
    const stale = linesOf(attestations(base));
    writeFiles(base, { 'README.md': 'changed since' });
    await attest(base, { force: true });
    await attest(child, from(base));
    const lines = linesOf(attestations(child));
    for (const line of stale) expect(lines).not.toContain(line);
    expect(lines).toHaveLength(5);
  });

  it('cannot have its link narrowed by a line that somebody added', async () => {
    await attest(base);
    await attest(base, { signer: auditor, ignore: ['model.safetensors'], manifest: false });
    await attest(child, from(base));
    expect(linkOf(child)).toMatchObject({ digest: (await digest(base)).trees.digests, ignored: [] });
  });

  it('cannot have its bytes read again and again by lines that somebody added', async () => {
    const { statement } = (await attest(base), statementsOf(base)[0]) ?? {};
    if (statement === undefined) throw new Error('no statement');
    const predicate = parseModelPredicate(statement);
    const lines: string[] = [];
    for (let i = 0; i < 40; i++) {
      const input = {
        name: 'x',
        digest: statement.subject[0]?.digest ?? {},
        predicate: { ...predicate, ignored: [`f${i}`] },
      };
      const line = await signedLine(
        buildModelStatement({ ...input, digest: { ...input.digest, sha256: '00'.repeat(32) } }),
        auditor,
      );
      lines.push(line);
    }
    writeFileSync(attestations(base), `${lines.join('\n')}\n`);
    writeFileSync(path.join(base, 'model.sig'), '');
    const phases = new Set<string>();
    let hashed = 0;
    await attest(child, {
      ...from(base),
      onProgress: ({ phase, done, total }) => {
        phases.add(phase);
        if (phase === 'hashing base model' && done === total) hashed++;
      },
    });
    expect(phases).toContain('hashing base model');
    expect(hashed).toBeLessThanOrEqual(5);
  });

  it('whose evidence is damaged is attested from, which is said', async () => {
    await attest(base);
    writeFileSync(attestations(base), `garbage\n${linesOf(attestations(base)).join('\n')}\n{"a":1}\n`);
    const { said, onWarning } = listen();
    const result = await attest(child, { ...from(`adapter-of=${base}`), onWarning });
    expect(result.copiedEvidence).toBe(3);
    expect(said).toEqual([
      expect.stringMatching(/^"model\.attestations\.jsonl" line 1 is left out/),
      expect.stringMatching(/^"model\.attestations\.jsonl" line 4 is left out/),
    ]);
  });

  it('with more evidence than is ever read is refused, unless it is to stay behind', async () => {
    writeFileSync(attestations(base), '');
    truncateSync(attestations(base), 2 ** 40);
    const before = snapshot(child);
    const error = await expectCode(attest(child, from(base)), 'TOO_LARGE');
    expect(error.hint).toContain('--no-parent-evidence');
    expect(snapshot(child)).toEqual(before);
    await attest(child, { ...from(base), copyParentEvidence: false });
  });

  it('with more lines than travel along is refused', async () => {
    const [line] = (await attest(base), linesOf(attestations(base)));
    const bare = JSON.parse(line ?? '') as { dsseEnvelope: { signatures: object[] } };
    const lines = Array.from({ length: 10_001 }, (_, i) =>
      JSON.stringify({ ...bare.dsseEnvelope, signatures: [{ sig: Buffer.from(`${i}`).toString('base64') }] }),
    );
    writeFileSync(attestations(base), lines.join('\n'));
    await expectCode(attest(child, from(base)), 'TOO_LARGE');
  });

  it.each<[string, Parameters<typeof expectCode>[1], (base: string) => void]>([
    ['is empty', 'MODEL_EMPTY', () => undefined],
    ['has a link', 'SYMLINK_REFUSED', (at) => symlinkSync('/etc/hostname', path.join(at, 'link'))],
    ['is a Git-LFS pointer', 'LFS_POINTER', (at) => writeFiles(at, { 'w.safetensors': LFS_POINTER })],
    ['is malformed', 'SAFETENSORS_INVALID', (at) => writeFiles(at, { 'w.safetensors': 'no header' })],
  ])('that %s keeps its child from being attested', async (_, code, make) => {
    const bad = path.join(dir, 'bad');
    mkdirSync(bad);
    make(bad);
    const before = snapshot(child);
    await expectCode(attest(child, from(bad)), code);
    expect(snapshot(child)).toEqual(before);
  });

  it('that is a single file is named by that file, and brings what lies beside it', async () => {
    const gguf = path.join(digits(dir, 'gguf'), 'digits-finetuned.gguf');
    await attest(gguf);
    await attest(child, from(`converted-from=${gguf}`));
    expect(linkOf(child)).toMatchObject({ name: 'digits-finetuned.gguf', digest: (await digest(gguf)).trees.digests });
    expect(linesOf(attestations(child))).toHaveLength(5);
  });

  it('is named by its basename where its statement has a path for a name', async () => {
    const statement = (await attest(base), statementsOf(base)[0]?.statement);
    if (statement === undefined) throw new Error('no statement');
    const digests = statement.subject[0]?.digest ?? {};
    const payload = buildModelStatement({
      name: '/home/alice/base',
      digest: digests,
      predicate: parseModelPredicate(statement),
    });
    writeFileSync(attestations(base), `${await signedLine(payload, auditor)}\n`);
    await attest(child, from(base));
    expect(linkOf(child).name).toBe('base');
  });
});

describe('a base model given by evidence', () => {
  it('is named by what the statement in the file says, model.sig and attestations alike', async () => {
    await attest(base);
    const { digests } = (await digest(base)).trees;
    await attest(child, from(path.join(base, 'model.sig')));
    expect(linkOf(child)).toMatchObject({ name: 'base', digest: { sha256: digests['sha256'] } });
    const other = digits(dir, 'fp16');
    await attest(other, from(attestations(base)));
    expect(linkOf(other)).toMatchObject({ name: 'base', digest: digests });
    expect(linesOf(attestations(other))).toHaveLength(4);
  });

  it('of two signers is one model, named by the set with the most keys', async () => {
    await attest(base);
    await attest(base, { signer: auditor });
    const { said, onWarning } = listen();
    await attest(child, { ...from(`adapter-of=${attestations(base)}`), onWarning });
    expect(said).toEqual([]);
    expect(linkOf(child).digest).toEqual((await digest(base)).trees.digests);
  });

  it('that holds its ancestors as well is the model itself', async () => {
    await attest(base);
    await attest(child, from(base));
    const other = digits(dir, 'fp16');
    const { said, onWarning } = listen();
    await attest(other, { ...from(`converted-from=${attestations(child)}`), onWarning });
    expect(said).toEqual([]);
    expect(linkOf(other).digest).toEqual((await digest(child)).trees.digests);
    expect(linesOf(attestations(other))).toHaveLength(2 + 2 + 3);
  });

  it('about several models is the last of them, which is said', async () => {
    await attest(base, { modelSig: false });
    const other = digits(dir, 'fp16');
    await attest(other, { modelSig: false });
    const file = path.join(dir, 'both.attestations.jsonl');
    writeFileSync(file, readFileSync(attestations(base), 'utf8') + readFileSync(attestations(other), 'utf8'));
    const { said, onWarning } = listen();
    await attest(child, { ...from(`merged-from=${file}`), onWarning });
    expect(linkOf(child).digest).toEqual((await digest(other)).trees.digests);
    expect(said).toEqual(['"both.attestations.jsonl" is about several models; the last one is meant']);
  });

  it.each([
    ['nothing', ''],
    ['garbage', 'garbage\n'],
    ['no statement about a model', undefined],
  ])('with %s is refused', async (_, text) => {
    const file = path.join(dir, 'x.attestations.jsonl');
    await attest(base);
    writeFileSync(file, text ?? `${linesOf(attestations(base))[1]}\n`);
    await expectCode(attest(child, from(file)), 'USAGE');
  });
});

describe('a base model given by a digest set', () => {
  it('is named by exactly that, and brings nothing', async () => {
    const set = `stemmaFileTreeV1:${'cd'.repeat(32)},sha256:${'ab'.repeat(32)}`;
    await attest(child, from(`distilled-from=${set}`));
    expect(linkOf(child)).toMatchObject({
      name: undefined,
      digest: { sha256: 'ab'.repeat(32), stemmaFileTreeV1: 'cd'.repeat(32) },
    });
    expect(linesOf(attestations(child))).toHaveLength(2);
  });
});

describe('a dataset', () => {
  it('is a link without a segment tree, in the order given, after the base models', async () => {
    const data = digits(dir, 'data');
    const rotated = digits(dir, 'data-rotated');
    await attest(child, { ...from(base), ...on(rotated, data) });
    const { links } = provenanceOf(child);
    expect(links.map(({ role, relation, name }) => [role, relation, name])).toEqual([
      ['base-model', 'finetuned-from', 'base'],
      ['dataset', 'trained-on', 'data-rotated'],
      ['dataset', 'trained-on', 'data'],
    ]);
    const { digests } = (await digest(data)).trees;
    expect(links[2]?.digest).toEqual({ sha256: digests['sha256'], stemmaFileTreeV1: digests['stemmaFileTreeV1'] });
  });

  it('that is a .jsonl file is data, and named by its own digest', async () => {
    const file = path.join(digits(dir, 'data-rotated'), 'train.jsonl');
    await attest(child, on(file));
    const { digests } = (await digest(file)).trees;
    expect(linkOf(child)).toMatchObject({
      name: 'train.jsonl',
      digest: { sha256: digests['sha256'], stemmaFileTreeV1: digests['stemmaFileTreeV1'] },
    });
  });

  it('brings its evidence, and is named by its statement', async () => {
    const data = digits(dir, 'data');
    writeFiles(data, { 'cache.tmp': 'x' });
    await sign(data, { ignore: ['cache.tmp'] });
    await attest(child, on(data));
    expect(linkOf(child).ignored).toEqual(['cache.tmp']);
    expect(kindsOf(child)).toEqual(['model/v1', 'provenance/v1', 'signature/v1.0']);
    const other = digits(dir, 'fp16');
    await attest(other, on(path.join(data, 'model.sig')));
    expect(linkOf(other)).toMatchObject({ role: 'dataset', ignored: ['cache.tmp'] });
  });

  it('is not parsed as a model', async () => {
    const data = modelOf({ 'broken.safetensors': 'no header', 'x.jsonl': '{}\n' });
    await attest(child, on(data));
    expect(linkOf(child).role).toBe('dataset');
  });

  it.each<[string, Parameters<typeof expectCode>[1], (data: string) => void]>([
    ['is empty', 'MODEL_EMPTY', () => undefined],
    ['has a link', 'SYMLINK_REFUSED', (at) => symlinkSync('/etc/hostname', path.join(at, 'link'))],
  ])('that %s is refused', async (_, code, make) => {
    const bad = path.join(dir, 'bad');
    mkdirSync(bad);
    make(bad);
    await expectCode(attest(child, on(bad)), code);
  });
});

describe('names in a statement', () => {
  it('are the base name of the model, or --name', async () => {
    const model = smallModel();
    await attest(model, { name: 'org/model v2' });
    expect(statementsOf(model).map(({ statement }) => statement.subject[0]?.name)).toEqual([
      'org/model v2',
      'org/model v2',
    ]);
  });

  it.each(['', '/home/alice/model', '~/model', 'C:\\model', 'x'.repeat(5000)])('cannot be %j', async (name) => {
    const model = smallModel();
    await expectCode(attest(model, { name }), 'USAGE');
    expect(Object.keys(snapshot(model))).toHaveLength(2);
  });
});

it('the weights of the child are those that its own statement names', async () => {
  await attest(base, { signer: auditor });
  await attest(child, from(base));
  const own = statementsOf(child).find(({ hint }) => hint === trainer.publicKey.hint);
  expect(own?.statement.subject[0]?.digest).toEqual((await digest(child)).trees.digests);
  writeFiles(child, { 'model.safetensors': safetensors({ w: { data: 'x' } }) });
  expect(own?.statement.subject[0]?.digest).not.toEqual((await digest(child)).trees.digests);
});
