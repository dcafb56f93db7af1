import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, encodeUtf8, equalBytes } from '../../bytes/index.ts';
import type { PublicKey, Signer } from '../../keys/index.ts';
import { formatNote, type SignedNote, signedBytes } from './note.ts';

/** The algorithm byte of an Ed25519 key (C2SP signed-note, "Signature types"). */
const ED25519 = 0x01;
const LF = 0x0a;

/**
 * The four bytes by which a note's signature line names its key (C2SP signed-note). Ed25519 is type 0x01:
 * `SHA-256(name · LF · 0x01 · key)[:4]`. ECDSA is type 0x02, whose id is `SHA-256(DER SPKI)[:4]` and does not hold the name.
 */
export function noteKeyId(name: string, key: PublicKey): Uint8Array {
  const hashed = key.type === 'ed25519' ? concatBytes(encodeUtf8(name), Uint8Array.of(LF, ED25519), key.raw) : key.spki;
  return sha256(hashed).slice(0, 4);
}

/** Signs a text, which ends with a newline, under the name given. Equal texts give equal notes. */
export async function signNote(text: string, name: string, signer: Signer): Promise<string> {
  const signature = await signer.sign(signedBytes(text));
  return formatNote({ text, signatures: [{ name, keyId: noteKeyId(name, signer.publicKey), signature }] });
}

/** Whose signature a note carries: `bad` where a line names a trusted key and does not verify, which condemns the note. */
export type NoteVerdict =
  | { readonly outcome: 'signed'; readonly key: PublicKey }
  | { readonly outcome: 'bad'; readonly key: PublicKey }
  | { readonly outcome: 'untrusted' };

/** Whether a signature over a message is the key's. */
type Verify = (key: PublicKey, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

/**
 * C2SP signed-note, "Verifying": lines of unknown keys are passed over; of a known one, name and id, every line must verify. One
 * that is there twice is looked at once.
 *
 * @param name the name that the trusted keys have here: a line under another name is not theirs
 */
export async function openNote(
  note: SignedNote,
  name: string,
  trusted: readonly PublicKey[],
  verify: Verify,
): Promise<NoteVerdict> {
  const message = signedBytes(note.text);
  let verdict: NoteVerdict = { outcome: 'untrusted' };
  for (const key of trusted) {
    const id = noteKeyId(name, key);
    const seen: Uint8Array[] = [];
    for (const { signature, ...line } of note.signatures) {
      if (line.name !== name || !equalBytes(line.keyId, id)) continue;
      if (seen.some((before) => equalBytes(before, signature))) continue;
      seen.push(signature);
      if (!(await verify(key, message, signature))) return { outcome: 'bad', key };
      if (verdict.outcome === 'untrusted') verdict = { outcome: 'signed', key };
    }
  }
  return verdict;
}
