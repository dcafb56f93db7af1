import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isStemmaError } from '../../../src/core/errors/index.ts';
import { type PublicKey, parseSpki } from '../../../src/core/keys/index.ts';
import { publicKeyFromPoint } from '../../../src/core/keys/public-key.ts';
import { describeVectors } from '../../support/vectors.ts';
import { codeOf, VERIFIERS } from './support.ts';

interface Vector {
  readonly number: number;
  readonly key: string;
  readonly sig: string;
  readonly msg: string;
  readonly flags: readonly string[] | null;
}

const UNCLEAN = [
  'low_order_A',
  'low_order_R',
  'non_canonical_A',
  'non_canonical_R',
  'low_order_residue',
  'reencoded_k',
];
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const keyOf = (text: string): PublicKey => parseSpki(Buffer.concat([hex('302a300506032b6570032100'), hex(text)]));

function keyOrUndefined(text: string): PublicKey | undefined {
  try {
    return keyOf(text);
  } catch (error) {
    if (isStemmaError(error) && error.code === 'KEY_INVALID') return undefined;
    throw error;
  }
}

describeVectors('ed25519', (dir) => {
  const vectors: readonly Vector[] = JSON.parse(readFileSync(path.join(dir, 'ed25519vectors.json'), 'utf8'));
  const clean = vectors.filter((vector) => !(vector.flags ?? []).some((flag) => UNCLEAN.includes(flag)));

  test.each(VERIFIERS)('%s accepts exactly the 43 clean vectors of 914', (_name, verify) => {
    const accepted = vectors.filter((vector) => {
      const key = keyOrUndefined(vector.key);
      return key !== undefined && verify(key, Buffer.from(vector.msg), hex(vector.sig));
    });

    expect(vectors).toHaveLength(914);
    expect(clean).toHaveLength(43);
    expect(accepted.map(({ number }) => number)).toEqual(clean.map(({ number }) => number));
  });

  test('keys of small order and non-canonical keys are refused when they are read', async () => {
    const hostile = vectors.filter(({ flags }) => flags?.includes('low_order_A') || flags?.includes('non_canonical_A'));

    expect(hostile.length).toBeGreaterThan(100);
    for (const { key } of hostile) expect(await codeOf(() => keyOf(key))).toBe('KEY_INVALID');
  });
});

describe('Ed25519 signatures', () => {
  // RFC 8032 §7.1, test 1.
  const key = publicKeyFromPoint('ed25519', hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'));
  const message = new Uint8Array();
  const signature = hex(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  );
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;

  test.each(VERIFIERS)('%s accepts the vector of RFC 8032', (_name, verify) => {
    expect(verify(key, message, signature)).toBe(true);
  });

  test.each(VERIFIERS)('%s refuses S + L, which is the same number to a careless verifier', (_name, verify) => {
    const s = BigInt(`0x${Buffer.from(signature.subarray(32).toReversed()).toString('hex')}`) + L;
    const malleated = Buffer.concat([signature.subarray(0, 32), hex(s.toString(16).padStart(64, '0')).toReversed()]);

    expect(verify(key, message, malleated)).toBe(false);
  });

  test.each(VERIFIERS)('%s refuses 0, 63 and 65 bytes', (_name, verify) => {
    expect(verify(key, message, new Uint8Array())).toBe(false);
    expect(verify(key, message, signature.subarray(0, 63))).toBe(false);
    expect(verify(key, message, Buffer.concat([signature, Buffer.of(0)]))).toBe(false);
  });

  test.each(VERIFIERS)('%s refuses another message and every flipped byte', (_name, verify) => {
    expect(verify(key, Buffer.of(0), signature)).toBe(false);
    for (let at = 0; at < 64; at++) {
      const mutated = Buffer.from(signature);
      mutated[at] = (signature[at] ?? 0) ^ 1;
      expect(verify(key, message, mutated), `byte ${at}`).toBe(false);
    }
  });

  test.each(VERIFIERS)('%s refuses the signature of the identity key over any message', (_name, verify) => {
    const universal = hex(`01${'00'.repeat(63)}`);

    expect(verify(key, message, universal)).toBe(false);
  });

  test('the identity and other points of order 1, 2 and 4 are no keys', async () => {
    for (const point of [`01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`, '00'.repeat(32), `${'00'.repeat(31)}80`]) {
      expect(await codeOf(() => keyOf(point))).toBe('KEY_INVALID');
    }
  });
});
