import { appendFileSync, cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { type Block, evidenceDag, MAX_BLOCK_BYTES, packDag } from '../../../../src/core/ipfs/index.ts';
import { writeIndex } from '../../../../src/core/ipfs/pack/index-file.ts';
import { openPack } from '../../../../src/core/ipfs/pack/open.ts';
import { tempDir } from '../../model/support.ts';
import { carOf as headed, nodeBlock, rawBlock } from '../car/support.ts';
import { fileData, folder, type HandLink, node } from '../support/blocks.ts';
import { carOf, changed, contents, EVIDENCE, modelWith, packOf, refusal } from './support.ts';

const INDEX =
  '{"files":[{"path":"model/model.sig","role":"signature"}],"name":"m","type":"https://w3id.org/stemma/evidence-pack/v1"}\n';

describe('an evidence pack', () => {
  it('holds the side files of the model, those of parents under their CID, and what was named', async () => {
    const parent = modelWith({ 'model.attestations.jsonl': '{"parent":1}\n' });
    const location = path.join(tempDir(), 'run.checkpoints');
    writeFileSync(location, 'note');
    const file = await packOf(modelWith(EVIDENCE), {
      ancestors: [parent, parent, modelWith({ 'config.json': '{}' })],
      named: [
        { role: 'checkpoints', name: 'run.checkpoints', location },
        { role: 'proof', name: 'p.jsonl', location },
      ],
      store: { lines: encodeUtf8('{"stored":1}\n'), manifests: [] },
    });

    expect(await contents(file)).toEqual({
      [`ancestors/${(await evidenceDag(parent))?.root.toString()}/model.attestations.jsonl`]: '{"parent":1}\n',
      'checkpoints/run.checkpoints': 'note',
      'model/model.attestations.jsonl': '{"line":1}\n',
      'model/model.manifest.jsonl': '{"manifest":1}\n',
      'model/model.sig': '{"signature":1}',
      'proofs/p.jsonl': 'note',
      'store/store.attestations.jsonl': '{"stored":1}\n',
    });
  });

  it('is the same bytes for the same evidence, wherever it lies', async () => {
    const model = modelWith(EVIDENCE);
    const before = readFileSync(await packOf(model));
    const moved = path.join(tempDir(), 'elsewhere');
    cpSync(model, moved, { recursive: true });
    renameSync(model, `${model}-old`);
    expect(readFileSync(await packOf(moved))).toEqual(before);
    appendFileSync(path.join(moved, 'model.sig'), ' ');
    expect(readFileSync(await packOf(moved))).not.toEqual(before);
  });

  it('has no secrets and no weights: only side files are taken from a model', async () => {
    const model = modelWith({
      ...EVIDENCE,
      'model.safetensors': 'weights',
      'salt.key': 'secret',
      'model.sig.bak': 'x',
    });
    expect(Object.keys(await contents(await packOf(model)))).toEqual([
      'model/model.attestations.jsonl',
      'model/model.manifest.jsonl',
      'model/model.sig',
    ]);
  });

  it('is not made of nothing', async () => {
    const packed = packDag({ name: 'm', model: modelWith({ 'config.json': '{}' }), ancestors: [], named: [] });
    await expect(packed).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
  });

  it('does not hold two files of one name and role', async () => {
    const location = path.join(modelWith(EVIDENCE), 'model.sig');
    const named = [1, 2].map(() => ({ role: 'proof', name: 'model.sig', location }) as const);
    await expect(packOf(modelWith(EVIDENCE), { named })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each(['../x', 'a/../x', 'con', 'a\0'])('does not hold a file called %j', async (name) => {
    const location = path.join(modelWith(EVIDENCE), 'model.sig');
    await expect(packOf(modelWith(EVIDENCE), { named: [{ role: 'proof', name, location }] })).rejects.toMatchObject({
      errorClass: expect.stringMatching(/usage|malformed/),
    });
  });
});

describe('opening a pack', () => {
  it('takes one that was written by hand', async () => {
    expect(await contents(await carOf({ 'index.json': INDEX, 'model/model.sig': '{}' }))).toEqual({
      'model/model.sig': '{}',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['no index', { 'model/model.sig': '{}' }],
    ['an index that is no JSON', { 'index.json': '{', 'model/model.sig': '{}' }],
    ['an index that is a list', { 'index.json': '[]\n', 'model/model.sig': '{}' }],
    ['an index of another type', { 'index.json': INDEX.replace('/v1', '/v2'), 'model/model.sig': '{}' }],
    ['an index without a name', { 'index.json': INDEX.replace('"name":"m",', ''), 'model/model.sig': '{}' }],
    ['an empty name', { 'index.json': INDEX.replace('"m"', '""'), 'model/model.sig': '{}' }],
    ['a name that is a number', { 'index.json': INDEX.replace('"m"', '1'), 'model/model.sig': '{}' }],
    [
      'an index with a member more',
      { 'index.json': INDEX.replace('{"files"', '{"a":1,"files"'), 'model/model.sig': '{}' },
    ],
    ['an index in another spelling', { 'index.json': INDEX.replace(',"name"', ', "name"'), 'model/model.sig': '{}' }],
    ['an index without its line feed', { 'index.json': INDEX.trimEnd(), 'model/model.sig': '{}' }],
    ['another role in the index', { 'index.json': INDEX.replace('signature', 'manifest'), 'model/model.sig': '{}' }],
    ['a file that the index does not list', { 'index.json': INDEX, 'model/model.sig': '{}', 'proofs/p': '' }],
    ['a file too few', { 'index.json': INDEX, 'model/model.manifest.jsonl': '{}' }],
    ['a file at the top', { 'index.json': INDEX, 'model/model.sig': '{}', 'weights.bin': '' }],
    ['an unknown folder', { 'index.json': INDEX, 'model/model.sig': '{}', 'bin/run.sh': '' }],
    ['a folder too deep', { 'index.json': INDEX, 'model/a/model.sig': '{}' }],
    ['weights with the model', { 'index.json': INDEX, 'model/model.safetensors': '{}' }],
    ['an ancestor by a name', { 'index.json': INDEX, 'ancestors/base/model.sig': '{}' }],
    [
      'an ancestor by a CID in capitals',
      { 'index.json': INDEX, [`ancestors/BAFYBEI${'A'.repeat(52)}/model.sig`]: '{}' },
    ],
  ])('refuses %s', async (_, files) => {
    expect((await refusal(await carOf(files))).code).toBe('PACK_INVALID');
  });

  it.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['nothing', () => Buffer.alloc(0), 'CAR_INVALID'],
    ['text', () => Buffer.from('hello, world\n'), 'CAR_INVALID'],
    ['bytes behind the last block', (bytes) => Buffer.concat([bytes, Buffer.from([1])]), 'CAR_INVALID'],
    ['a file that is cut short', (bytes) => bytes.subarray(0, -1), 'CAR_INVALID'],
  ])('refuses %s', async (_, change, code) => {
    expect((await refusal(changed(await packOf(modelWith(EVIDENCE)), change))).code).toBe(code);
  });
});

describe('a changed pack', () => {
  it('names the file that was changed, and the CID of its block', async () => {
    const file = changed(await packOf(modelWith(EVIDENCE)), (bytes) =>
      Buffer.from(bytes.toString('latin1').replace('{"line":1}', '{"line":2}'), 'latin1'),
    );
    const error = await refusal(file);
    expect(error).toMatchObject({ code: 'BLOCK_MISMATCH', details: { path: 'model/model.attestations.jsonl' } });
    expect(error.message).toMatch(/^"model\/model\.attestations\.jsonl" in the pack: .*bafkrei/);
  });

  it('names the file of a block in the middle of it', async () => {
    const text = 'x'.repeat(1024 * 1024) + 'y'.repeat(1024 * 1024) + 'z'.repeat(10);
    const model = modelWith({ ...EVIDENCE, 'model.manifest.jsonl': text });
    const file = changed(await packOf(model), (bytes) => {
      bytes[bytes.indexOf('yyyyy') + 3] = 0x78;
      return bytes;
    });
    expect(await refusal(file)).toMatchObject({
      code: 'BLOCK_MISMATCH',
      details: { path: 'model/model.manifest.jsonl', cid: expect.stringMatching(/^bafkrei/) },
    });
  });

  it('names the folder whose list of files was changed', async () => {
    const file = changed(await packOf(modelWith(EVIDENCE)), (bytes) => {
      // The index, which comes first, has the name as well.
      bytes.write('model.sip', bytes.lastIndexOf('model.sig'));
      return bytes;
    });
    expect(await refusal(file)).toMatchObject({ code: 'BLOCK_MISMATCH', details: { path: 'model' } });
  });

  it('names the file of a block that was taken out', async () => {
    const model = modelWith(EVIDENCE);
    const file = await packOf(model);
    const length = 1 + 36 + EVIDENCE['model.sig'].length;
    const cut = changed(file, (bytes) => {
      const end = bytes.indexOf(EVIDENCE['model.sig']) + EVIDENCE['model.sig'].length;
      return Buffer.concat([bytes.subarray(0, end - length), bytes.subarray(end)]);
    });
    expect(await refusal(cut)).toMatchObject({ code: 'BLOCK_MISSING', details: { path: 'model/model.sig' } });
  });

  it('is refused for every byte that was flipped', async () => {
    const file = await packOf(modelWith(EVIDENCE));
    const bytes = readFileSync(file);
    const to = path.join(tempDir(), 'flipped.car');
    const codes = new Set<string>();
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] as number) ^ (1 << (i % 8));
      writeFileSync(to, flipped);
      codes.add((await refusal(to)).code);
    }
    expect([...codes].toSorted()).toEqual(expect.arrayContaining(['BLOCK_MISMATCH', 'BLOCK_MISSING', 'CAR_INVALID']));
  });
});

describe('a pack that is larger inside than outside', () => {
  /** A file of one block over and over, which takes 50 bytes each time. */
  const bomb = (mebibytes: number): string => {
    const blocks: Block[] = [];
    const put = (block: Block): CID => {
      blocks.push(block);
      return block.cid;
    };
    const size = MAX_BLOCK_BYTES;
    const leaf = put(rawBlock('\0'.repeat(size)));
    const count = mebibytes / 2;
    const parts = Array.from({ length: count }, (): HandLink => ({ cid: leaf }));
    const file = put(
      nodeBlock(
        node(
          fileData(
            count * size,
            Array.from({ length: count }, () => size),
          ),
          parts,
        ),
      ),
    );
    const index = put(rawBlock(Buffer.from(writeIndex('m', ['model/model.manifest.jsonl'])).toString()));
    const model = put(nodeBlock(folder([{ cid: file, name: 'model.manifest.jsonl' }])));
    const links = [
      { cid: index, name: 'index.json' },
      { cid: model, name: 'model' },
    ];
    put(nodeBlock(folder(links)));
    const at = path.join(tempDir(), 'bomb.car');
    writeFileSync(at, headed(blocks.toReversed()));
    return at;
  };

  it('is refused before anything of the file is written', async () => {
    const file = bomb(1024);
    let taken = 0;
    const take = (): Promise<undefined> => {
      taken++;
      return Promise.resolve(undefined);
    };
    await expect(openPack(file, { take })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/^the files come to \d+ bytes and more/) as string,
    });
    expect(taken).toBe(0);
  });

  it('is taken as long as it is not many times larger', async () => {
    const { files } = await openPack(bomb(64));
    expect(files).toMatchObject([{ path: 'model/model.manifest.jsonl', size: 64 * 1024 * 1024 }]);
  });
});
