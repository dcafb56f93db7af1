import { type Bundle, parseBundle } from '../attestation/index.ts';
import { base64Encode, encodeUtf8 } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';

/** The lines that are not there yet, each once: what is there is told by payload, key and signature, however it is spelt. */
export function newLines(lines: readonly string[], present: readonly Uint8Array[]): string[] {
  const seen = new Set(present.map(identityOf));
  const added: string[] = [];
  for (const line of lines) {
    const id = identityOf(encodeUtf8(line));
    if (seen.has(id)) continue;
    seen.add(id);
    added.push(line);
  }
  return added;
}

/**
 * Design §1.6: a line whose payload and key are there already is not appended again. The signature counts as well: a line that
 * claims our key without its signature may be a forgery, and must not keep ours out. What is no bundle is told by its bytes.
 */
function identityOf(line: Uint8Array): string {
  let bundle: Bundle;
  try {
    bundle = parseBundle(line, 'a line');
  } catch (error) {
    if (isStemmaError(error)) return base64Encode(line);
    throw error;
  }
  const { material, envelope } = bundle;
  if (material.kind !== 'publicKey' || material.hint === undefined) return base64Encode(line);
  const signatures = envelope.signatures.map(({ sig }) => base64Encode(sig));
  return JSON.stringify([envelope.payloadType, material.hint, base64Encode(envelope.payload), ...signatures]);
}
