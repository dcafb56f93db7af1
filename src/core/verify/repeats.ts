import { type Bundle, pae } from '../attestation/index.ts';
import { encodeUtf8, hexEncode } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import type { CollectedBundle } from './checks/authenticate.ts';

/**
 * Leaves out the copies of a bundle that the same file holds already: the same payload, signatures and material, whatever else
 * the line says. Hostile input: a file may hold one line a hundred thousand times.
 */
export class Repeats {
  readonly #seen = new Set<string>();
  count = 0;

  isRepeat({ content }: CollectedBundle): boolean {
    if ('error' in content) return false;
    const key = nameOf(content.bundle);
    if (key === undefined) return false;
    const isRepeat = this.#seen.has(key);
    if (isRepeat) this.count++;
    else this.#seen.add(key);
    return isRepeat;
  }
}

/** None for a keyless bundle, of whose log entries we know only how many there are. */
function nameOf({ material, envelope }: Bundle): string | undefined {
  if (material.kind === 'certificate') return undefined;
  const signed = hexEncode(sha256(pae(envelope.payloadType, envelope.payload)));
  const all = JSON.stringify([signed, envelope.signatures, material], (_, value: unknown) =>
    value instanceof Uint8Array ? hexEncode(value) : value,
  );
  return hexEncode(sha256(encodeUtf8(all)));
}
