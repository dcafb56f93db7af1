import { INTOTO_PAYLOAD_TYPE, pae, writeBundle } from '../../../src/core/attestation/index.ts';
import { base64Encode, decodeBase64, decodeUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import type { Signer } from '../../../src/core/keys/index.ts';

/** What the tests read and write of a bundle: loosely typed, because they break it on purpose. */
interface LooseBundle {
  mediaType?: unknown;
  verificationMaterial?: Record<string, unknown>;
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] };
}

export interface LooseStatement {
  _type: string;
  subject: { name?: string; digest: Record<string, string>; annotations?: Record<string, unknown> }[];
  predicateType: string;
  predicate: Record<string, unknown>;
}

export const parseLoose = (line: string): LooseBundle => JSON.parse(line) as LooseBundle;

export const payloadOf = (line: string): string => decodeUtf8(decodeBase64(parseLoose(line).dsseEnvelope.payload));

export const statementOf = (line: string): LooseStatement => JSON.parse(payloadOf(line)) as LooseStatement;

/** A bundle around exactly these payload bytes, with a genuine signature. */
export async function sign(payload: string | Uint8Array | object, signer: Signer): Promise<string> {
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : encodeUtf8(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const signature = await signer.sign(pae(INTOTO_PAYLOAD_TYPE, bytes));
  return writeBundle({ payload: bytes, signature, hint: signer.publicKey.hint });
}

/** The same statement with a change in it, signed again. */
export function resign(line: string, signer: Signer, change: (statement: LooseStatement) => void): Promise<string> {
  const statement = statementOf(line);
  change(statement);
  return sign(statement, signer);
}

/** The same statement with its JSON text edited, signed again: for what `JSON.stringify` cannot write. */
export function resignText(line: string, signer: Signer, change: (text: string) => string): Promise<string> {
  const text = payloadOf(line);
  const edited = change(text);
  if (edited === text) throw new Error('the edit changed nothing');
  return sign(edited, signer);
}

/** The bundle with something changed around its payload; the signature stays as it is. */
export function rewrap(line: string, change: (bundle: LooseBundle) => void): string {
  const bundle = parseLoose(line);
  change(bundle);
  return JSON.stringify(bundle);
}

export const signatureOf = (line: string): Uint8Array =>
  decodeBase64(parseLoose(line).dsseEnvelope.signatures[0]?.sig ?? '');

export const withSignature = (line: string, signature: Uint8Array): string =>
  rewrap(line, ({ dsseEnvelope }) => {
    dsseEnvelope.signatures = [{ sig: base64Encode(signature), keyid: '' }];
  });

/** A bare DSSE envelope over the payload of a line, with one signature of each signer. */
export async function bareEnvelope(
  line: string,
  signatures: readonly { readonly signer: Signer; readonly keyid?: string; readonly spoil?: boolean }[],
  payloadType = INTOTO_PAYLOAD_TYPE,
): Promise<string> {
  const payload = decodeBase64(parseLoose(line).dsseEnvelope.payload);
  const made: { sig: string; keyid: string }[] = [];
  for (const { signer, keyid, spoil } of signatures) {
    const message = spoil === true ? encodeUtf8('another message') : pae(payloadType, payload);
    made.push({ sig: base64Encode(await signer.sign(message)), keyid: keyid ?? signer.publicKey.hint });
  }
  return JSON.stringify({ payload: base64Encode(payload), payloadType, signatures: made });
}
