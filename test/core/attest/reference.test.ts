import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseBaseReference, parseDatasetReference, parseReference } from '../../../src/core/attest/index.ts';
import { expectCode, tempDir } from '../model/support.ts';

const A = 'ab'.repeat(32);
let dir: string;
beforeEach(() => {
  dir = tempDir();
});
const file = (name: string): string => {
  writeFileSync(path.join(dir, name), '');
  return path.join(dir, name);
};
const folder = (name: string): string => {
  mkdirSync(path.join(dir, name));
  return path.join(dir, name);
};
const thrown = <T>(run: () => T): Promise<T> => Promise.resolve().then(run);

describe('a reference', () => {
  it.each(['model.sig', 'model.attestations.jsonl', 'bundle.sigstore.json'])('to a file %s is evidence', (name) => {
    const at = file(name);
    expect(parseReference(at)).toEqual({ kind: 'evidence', path: at });
  });

  it.each(['model.gguf', 'config.json'])('to a file %s is the file', (name) => {
    const at = file(name);
    expect(parseReference(at)).toEqual({ kind: 'path', path: at });
  });

  it.each(['model.sig', 'data.jsonl', 'model'])('to a folder %s is the folder', (name) => {
    const at = folder(name);
    expect(parseReference(at)).toEqual({ kind: 'path', path: at });
  });

  it('to a digest set is read, upper case too, however long', () => {
    const text = `sha256:${A.toUpperCase()},stemmaFileTreeV1:${A},stemmaSegmentTreeBlake3V1:${A},x:${'0'.repeat(600)}`;
    expect(parseReference(text)).toMatchObject({ kind: 'digests', digests: { sha256: A, stemmaFileTreeV1: A } });
    expect(parseReference(A)).toEqual({ kind: 'digests', digests: { sha256: A } });
  });

  it.each(['', 'absent', `sha256:${'ab'.repeat(8)}`, '../absent.sig', '\0', 'x'.repeat(5000)])(
    'to nothing is refused: %j',
    async (text) => {
      await expectCode(
        thrown(() => parseReference(text)),
        'PATH_NOT_FOUND',
      );
    },
  );

  it('to nothing is refused without the folder it was looked for in', async () => {
    const error = await expectCode(
      thrown(() => parseReference(path.join(dir, 'absent'))),
      'PATH_NOT_FOUND',
    );
    expect(error.message).not.toContain(dir);
  });

  it.each([`sha256:${A}00`, `sha256:${A},sha256:${A}`, `sha256:${A},`, `sha256:${A},x:zz`])(
    'to a broken digest set is refused: %s',
    async (text) => {
      await expectCode(
        thrown(() => parseReference(text)),
        'DIGEST_SET_INVALID',
      );
    },
  );
});

describe('a reference to a dataset', () => {
  it.each(['train.jsonl', 'data.sigstore.json'])('takes %s for data', (name) => {
    const at = file(name);
    expect(parseDatasetReference(at)).toEqual({ kind: 'path', path: at });
  });

  it.each(['train.jsonl.sig', 'train.jsonl.attestations.jsonl'])('takes %s for evidence', (name) => {
    const at = file(name);
    expect(parseDatasetReference(at)).toEqual({ kind: 'evidence', path: at });
  });
});

describe('a reference to a base model', () => {
  it.each([
    'finetuned-from',
    'adapter-of',
    'quantized-from',
    'merged-from',
    'distilled-from',
    'converted-from',
    'federated-from',
  ])('may say %s', (relation) => {
    expect(parseBaseReference(`${relation}=${A}`)).toMatchObject({ relation, relationGiven: true });
  });

  it('is a fine-tune where it says nothing', () => {
    expect(parseBaseReference(A)).toMatchObject({ relation: 'finetuned-from', relationGiven: false });
  });

  it('may be a path with an equals sign', () => {
    const at = folder('lr=0.1');
    expect(parseBaseReference(at)).toMatchObject({ relationGiven: false, reference: { kind: 'path', path: at } });
    expect(parseBaseReference(`adapter-of=${at}`)).toMatchObject({ reference: { kind: 'path', path: at } });
  });

  it.each(['trained-on', 'evaluated-on', 'derived-dataset', 'finetuned', 'Finetuned-From', 'made-up'])(
    'cannot be %s of it',
    async (relation) => {
      const error = await expectCode(
        thrown(() => parseBaseReference(`${relation}=${A}`)),
        'USAGE',
      );
      expect(error.hint).toContain('finetuned-from');
    },
  );

  it.each([
    ['0.5', 500_000],
    ['0.6', 600_000],
    ['0.333333', 333_333],
    ['1', 1_000_000],
    ['1.0', 1_000_000],
    ['60%', 600_000],
    ['33.3333%', 333_333],
    ['0.000001', 1],
  ])('may be a share of %s', (text, share) => {
    expect(parseBaseReference(`merged-from=${A},share=${text}`)).toEqual({
      relation: 'merged-from',
      relationGiven: true,
      reference: parseReference(A),
      share,
    });
  });

  it.each([
    '',
    '0',
    '0.0',
    '0%',
    '1.000001',
    '101%',
    '2',
    '-0.5',
    '.5',
    '0.1234567',
    '1e-1',
    ' 0.5',
    '0,5',
    'half',
    'NaN',
  ])('cannot be a share of "%s"', async (text) => {
    await expectCode(
      thrown(() => parseBaseReference(`merged-from=${A},share=${text}`)),
      'USAGE',
    );
  });

  it('may be a path with a share in its name', () => {
    const at = folder('a,share=0.5');
    expect(parseBaseReference(`merged-from=${at}`)).toMatchObject({ reference: { kind: 'path', path: at } });
    expect(parseBaseReference(`merged-from=${at}`)).not.toHaveProperty('share');
    expect(parseBaseReference(`merged-from=${at},share=0.25`)).toMatchObject({
      reference: { path: at },
      share: 250_000,
    });
  });

  it('without the reference is refused', async () => {
    await expectCode(
      thrown(() => parseBaseReference('finetuned-from=')),
      'PATH_NOT_FOUND',
    );
  });
});
