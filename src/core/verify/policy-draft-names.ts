import { base64Encode } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { AuthenticatedStatement } from './checks/authenticate.ts';
import { entryId, leafId, type TrustEntry } from './trust.ts';

/** A key or an identity as `trust` of a policy holds it. */
interface Named {
  readonly name: string;
  readonly kind: 'keys' | 'identities';
  readonly value: Readonly<Record<string, string>>;
}

/** Names for the signers of a policy, made of what the caller or their certificates call them; one signer has one name. */
export class SignerNames {
  readonly #byId = new Map<string, Named>();
  readonly #trustedRoot: string | undefined;

  /** @param trustedRoot where a policy finds the Sigstore trusted root that was given; absent: the embedded one */
  constructor(trustedRoot?: string) {
    this.#trustedRoot = trustedRoot;
  }

  /**
   * The names of some trusted signers, each once.
   *
   * @throws StemmaError USAGE for anchors alone, which name nobody
   */
  of(entries: readonly TrustEntry[]): string[] {
    return [...new Set(entries.map((entry) => this.#entry(entry, undefined)))];
  }

  /**
   * The same for those who signed some statements: of a certificate under trusted anchors, whom it names.
   *
   * @throws StemmaError USAGE for a certificate that names nobody
   */
  ofStatements(statements: readonly Pick<AuthenticatedStatement, 'signers' | 'certificate'>[]): string[] {
    const names = statements.flatMap(({ signers, certificate }) =>
      signers.map((entry) => this.#entry(entry, certificate)),
    );
    return [...new Set(names)];
  }

  /** `trust` of the policy. */
  trust(): Readonly<Record<string, unknown>> {
    const all = [...this.#byId.values()];
    const of = (wanted: Named['kind']): object => {
      const found = all.filter(({ kind }) => kind === wanted).map(({ name, value }) => [name, value] as const);
      return found.length === 0 ? {} : { [wanted]: Object.fromEntries(found) };
    };
    return { ...of('keys'), ...of('identities') };
  }

  #entry(entry: TrustEntry, certificate: AuthenticatedStatement['certificate']): string {
    switch (entry.kind) {
      case 'key': {
        const { fingerprint, pem } = entry.key;
        return this.#name(entryId(entry), entry.label, 'keys', { fingerprint, publicKey: pem });
      }
      case 'identity': {
        const { identity: subject, issuer } = entry;
        const root = this.#trustedRoot === undefined ? {} : { trustedRoot: this.#trustedRoot };
        return this.#name(entryId(entry), subject, 'identities', { subject, issuer, ...root });
      }
      case 'anchors': {
        const [subject] = certificate?.alternativeNames ?? [];
        if (certificate === undefined || subject === undefined)
          throw new StemmaError('USAGE', 'a certificate without a subject alternative name names nobody for a policy', {
            hint: 'name the public key of the signer with --key instead',
          });
        const { issuer } = certificate;
        const anchors = entry.anchors.map(pemOf).join('');
        return this.#name(leafId({ subject, issuer }), subject, 'identities', { subject, issuer, anchors });
      }
    }
  }

  #name(id: string, label: string, kind: Named['kind'], value: Named['value']): string {
    const known = this.#byId.get(id);
    if (known !== undefined) return known.name;
    const taken = new Set([...this.#byId.values()].map(({ name }) => name));
    const base = asName(label);
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    this.#byId.set(id, { name, kind, value });
    return name;
  }
}

function pemOf(der: Uint8Array): string {
  const lines = base64Encode(der).match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** `Trainer One.pub` → `Trainer-One`. */
function asName(label: string): string {
  const text = label
    .replace(/\.(?:pub|pem|key)$/, '')
    .replace(/^https?:\/\//, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 56);
  return text === '' || text === '__proto__' ? 'signer' : text;
}
