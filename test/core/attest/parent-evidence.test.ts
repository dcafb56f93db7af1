import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseBaseReference, parseDatasetReference } from '../../../src/core/attest/index.ts';
import { evidenceDag } from '../../../src/core/ipfs/index.ts';
import { tempDir } from '../model/support.ts';
import { attestData, datasetIn, link } from './dataset-support.ts';
import { attest, digits, linesOf, listen, type Overrides, provenanceOf, snapshot } from './support.ts';

let dir: string;
let base: string;
let child: string;
beforeEach(() => {
  dir = tempDir();
  base = digits(dir, 'base');
  child = digits(dir, 'finetuned');
});

const from = (text: string): Pick<Overrides, 'bases'> => ({ bases: [parseBaseReference(`converted-from=${text}`)] });
const placeIn = (model: string): string | undefined => provenanceOf(model).links[0]?.attestations;
const cidOf = async (model: string): Promise<string> => `ipfs://${(await evidenceDag(model))?.root.toString()}`;
/** The same, spelled out by hand for files of one block each (UnixFS, dag-pb). */
function folderUri(files: Readonly<Record<string, Buffer>>): string {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >> 7)]);
  const field = (tag: number, bytes: readonly number[]): number[] => [tag, ...varint(bytes.length), ...bytes];
  const sha256 = (bytes: Uint8Array | readonly number[]): number[] => [
    ...createHash('sha256').update(Uint8Array.from(bytes)).digest(),
  ];
  const links = Object.entries(files).flatMap(([name, bytes]) =>
    field(0x12, [
      ...field(0x0a, [0x01, 0x55, 0x12, 0x20, ...sha256(bytes)]),
      ...field(0x12, [...Buffer.from(name)]),
      0x18,
      ...varint(bytes.length),
    ]),
  );
  const cid = [0x01, 0x70, 0x12, 0x20, ...sha256([...links, ...field(0x0a, [0x08, 0x01])])];
  const bits = `${cid.map((byte) => byte.toString(2).padStart(8, '0')).join('')}00`;
  return `ipfs://b${(bits.match(/.{5}/g) ?? []).map((group) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(group, 2)]).join('')}`;
}

describe('the evidence of a parent', () => {
  it('is named in the signed link by the CID of its side files, whatever the folder is called', async () => {
    await attest(base);
    await attest(child, from(base));
    const files = ['model.attestations.jsonl', 'model.manifest.jsonl', 'model.sig'];
    const expected = folderUri(Object.fromEntries(files.map((name) => [name, readFileSync(path.join(base, name))])));
    expect(placeIn(child)).toBe(expected);
    expect(await cidOf(base)).toBe(expected);

    const again = digits(mkdtemp(), 'finetuned');
    renameSync(base, path.join(dir, 'moved'));
    await attest(again, from(path.join(dir, 'moved')));
    expect(placeIn(again)).toBe(expected);
  });

  it('is named where it is left behind as well', async () => {
    await attest(base);
    await attest(child, { ...from(base), copyParentEvidence: false });
    expect(placeIn(child)).toBe(await cidOf(base));
    expect(linesOf(path.join(child, 'model.attestations.jsonl'))).toHaveLength(2);
  });

  it.each(['model.attestations.jsonl', 'model.sig'])('is named where the parent is given by its %s', async (name) => {
    await attest(base);
    await attest(child, from(path.join(base, name)));
    expect(placeIn(child)).toBe(await cidOf(base));
  });

  it('is named where the parent is a single file', async () => {
    const file = path.join(dir, 'base.safetensors');
    cpSync(path.join(base, 'model.safetensors'), file);
    await attest(file);
    for (const given of [file, `${file}.attestations.jsonl`, `${file}.sig`]) {
      const model = digits(mkdtemp(), 'finetuned');
      await attest(model, from(given));
      expect(placeIn(model)).toBe(await cidOf(file));
    }
  });

  it('is named in the link of a model to a dataset, and of a dataset to another one', async () => {
    const [raw, made] = [mkdtemp(), mkdtemp()];
    writeFileSync(path.join(raw, 'a.jsonl'), '{"a":1}\n');
    writeFileSync(path.join(made, 'b.jsonl'), '{"b":1}\n');
    await attestData(raw);
    await attestData(made, { derivedFrom: [link(raw)] });
    await attest(child, { datasets: [parseDatasetReference(made)] });
    expect(datasetIn(made).derivedFrom[0]?.attestations).toBe(await cidOf(raw));
    expect(placeIn(child)).toBe(await cidOf(made));
  });

  it('is named anew where there is more of it', async () => {
    await attest(base);
    await attest(child, from(base));
    const before = placeIn(child);
    appendFileSync(path.join(base, 'model.attestations.jsonl'), '\n');
    const again = digits(mkdtemp(), 'finetuned');
    await attest(again, from(base));
    expect(placeIn(again)).toBe(await cidOf(base));
    expect(placeIn(again)).not.toBe(before);
  });

  it('makes no second line where nothing has changed', async () => {
    await attest(base);
    await attest(child, from(base));
    const before = snapshot(child);
    await attest(child, from(base));
    expect(snapshot(child)).toEqual(before);
  });
});

describe('no evidence is named', () => {
  it('of a parent that has none', async () => {
    await attest(child, from(base));
    expect(provenanceOf(child).links[0]).not.toHaveProperty('attestations');
  });

  it('of a parent with a manifest alone, which nobody signed', async () => {
    await attest(base);
    for (const name of ['model.sig', 'model.attestations.jsonl']) rmSync(path.join(base, name));
    await attest(child, from(base));
    expect(placeIn(child)).toBeUndefined();
  });

  it('of a parent given by its digests, or by a file that lies elsewhere', async () => {
    const { digests } = await attest(base);
    const copy = path.join(dir, 'sent.jsonl');
    cpSync(path.join(base, 'model.attestations.jsonl'), copy);
    const set = Object.entries(digests).map(([name, hex]) => `${name}:${hex}`);
    for (const given of [set.join(','), copy]) {
      const model = digits(mkdtemp(), 'finetuned');
      await attest(model, from(given));
      expect(provenanceOf(model).links).toHaveLength(1);
      expect(placeIn(model)).toBeUndefined();
    }
  });

  it.each(['model.attestations.jsonl', 'model.sig', 'model.manifest.jsonl'])(
    'where its %s is larger than anybody reads, and that is said at once',
    async (name) => {
      await attest(base);
      truncateSync(path.join(base, name), 2 ** 40);
      const { said, onWarning } = listen();
      await attest(child, { ...from(base), copyParentEvidence: false, onWarning });
      expect(placeIn(child)).toBeUndefined();
      expect(said.join('\n')).toContain(`does not say where its evidence is: ${name} has 1099511627776 bytes`);
    },
  );

  it('through a link that somebody put into the folder of the parent', async () => {
    await attest(base);
    rmSync(path.join(base, 'model.manifest.jsonl'));
    writeFileSync(path.join(dir, 'secret'), 'secret');
    symlinkSync(path.join(dir, 'secret'), path.join(base, 'model.manifest.jsonl'));
    await attest(child, { ...from(path.join(base, 'model.attestations.jsonl')) });
    expect(placeIn(child)).toBeUndefined();
  });
});

const mkdtemp = (): string => tempDir();
