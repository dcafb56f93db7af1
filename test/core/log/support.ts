import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadSigner, type PublicKey, parseSpki, type Signer } from '../../../src/core/keys/index.ts';
import { formatCheckpoint, parseNote, type SignedNote, signNote } from '../../../src/core/log/index.ts';

const KEYS = path.resolve(import.meta.dirname, '../../../fixtures/keys');

export const signerOf = (name: string): Promise<Signer> =>
  loadSigner(readFileSync(path.join(KEYS, `${name}.key`)), undefined);

export const keyFile = (name: string): string => path.join(KEYS, name);

export const ORIGIN = 'stemma.run/0123456789abcdef0123456789abcdef/stdout';

/** The bytes of a signed checkpoint. */
export async function noteOf(
  size: number | bigint,
  root: Uint8Array,
  { signer = 'ed25519', origin = ORIGIN }: { signer?: string; origin?: string } = {},
): Promise<string> {
  return signNote(formatCheckpoint({ origin, size: BigInt(size), root }), origin, await signerOf(signer));
}

export const parsed = (note: string): SignedNote => parseNote(Buffer.from(note));

/** The key of a C2SP verifier key, `NAME+HEX+BASE64`. */
export function keyOfVkey(vkey: string): { readonly name: string; readonly id: string; readonly key: PublicKey } {
  const [name = '', id = '', ...rest] = vkey.split('+');
  const raw = Buffer.from(rest.join('+'), 'base64');
  if (raw[0] !== 1) throw new Error('not an Ed25519 key');
  const key = parseSpki(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw.subarray(1)]));
  return { name, id, key };
}
