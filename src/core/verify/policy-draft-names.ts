import { StemmaError } from '../errors/index.ts';
import type { PublicKey } from '../keys/index.ts';
import type { TrustEntry } from './trust.ts';

/** Names for the keys of a policy, made of what the caller called them; one key has one name. */
export class SignerNames {
  readonly #byFingerprint = new Map<string, { readonly name: string; readonly key: PublicKey }>();

  /**
   * The names of some trusted signers, each once.
   *
   * @throws StemmaError USAGE for a certificate or an identity
   */
  of(entries: readonly TrustEntry[]): string[] {
    return [...new Set(entries.map((entry) => this.#name(entry)))];
  }

  /** `trust.keys` of the policy. */
  keys(): Readonly<Record<string, { readonly fingerprint: string; readonly publicKey: string }>> {
    const all = [...this.#byFingerprint.values()];
    return Object.fromEntries(
      all.map(({ name, key: { fingerprint, pem } }) => [name, { fingerprint, publicKey: pem }]),
    );
  }

  #name(entry: TrustEntry): string {
    if (entry.kind !== 'key') throw new StemmaError('USAGE', 'a policy is drafted from keys alone');
    const { key, label } = entry;
    const known = this.#byFingerprint.get(key.fingerprint);
    if (known !== undefined) return known.name;
    const taken = new Set([...this.#byFingerprint.values()].map(({ name }) => name));
    const base = asName(label);
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    this.#byFingerprint.set(key.fingerprint, { name, key });
    return name;
  }
}

/** `Trainer One.pub` → `Trainer-One`. */
function asName(label: string): string {
  const text = label
    .replace(/\.(?:pub|pem|key)$/, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 56);
  return text === '' || text === '__proto__' ? 'signer' : text;
}
