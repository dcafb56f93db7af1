import type { Bundle } from '../../attestation/index.ts';
import { hexEncode, quote } from '../../bytes/index.ts';
import type { CertificateVerdict, KeylessVerdict, PublicKey, SignatureHash } from '../../keys/index.ts';
import type { LeafName, TrustEntry } from '../trust.ts';

/** What the checks need of the keys room, handed in so that they stay free of `node:` modules (design §6). */
export interface SignatureChecks {
  readonly sha256: (data: Uint8Array) => Uint8Array;
  verifySignature(
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
    options?: { readonly hash?: SignatureHash },
  ): boolean;
  /** Why a signature of this key cannot verify, where its shape tells: raw r‖s instead of DER. */
  signatureHint(key: PublicKey, signature: Uint8Array): string | undefined;
  verifyCertificatePath(options: {
    readonly chain: readonly Uint8Array[];
    readonly anchors: readonly Uint8Array[];
    readonly at: Date;
  }): CertificateVerdict;
  verifyKeyless(options: {
    readonly bundleJson: unknown;
    readonly identity: string;
    readonly issuer: string;
    readonly trustedRoot: Uint8Array | undefined;
  }): Promise<KeylessVerdict>;
}

/** Whose signature a bundle carries; `Trust` in authenticate.ts says what the words mean. */
export interface SignatureVerdict {
  readonly trust: 'trusted' | 'named' | 'expired' | 'untrusted';
  readonly signers: readonly TrustEntry[];
  readonly signer: string;
  readonly message: string;
  /** Fingerprint of the key that made it, where a certificate vouches for that key. */
  readonly certifiedKey?: string;
  /** What that certificate says. */
  readonly certificate?: Pick<CertificateVerdict['leaf'], 'alternativeNames' | 'issuer'>;
  /** When a transparency log saw the signature; only with `trusted`. */
  readonly signedAt?: Date;
  /** Trusted keys that a further signature of the envelope names, and that did not make it. */
  readonly alsoNamed?: readonly string[];
}

export interface JudgeOptions {
  readonly trust: readonly TrustEntry[];
  readonly checks: SignatureChecks;
  /** The time that certificates are judged by. */
  readonly at: Date;
}

/** The material must be of the kind that the trust entry is for: a keyless bundle never passes a key check, nor the reverse. */
export async function judgeSignature(
  bundle: Bundle,
  messages: readonly Uint8Array[],
  historic: boolean,
  options: JudgeOptions,
): Promise<SignatureVerdict> {
  switch (bundle.material.kind) {
    case 'publicKey':
    case 'none':
      return judgeKeys(bundle, messages, historic, options);
    case 'certificateChain':
      return judgeChain(bundle, bundle.material.chain, messages, historic, options);
    case 'certificate':
      return judgeKeyless(bundle, options);
  }
}

/** OMS v0.2 signed with SHA-256 whatever the curve (test/peers/model-signing/history holds real ones). */
const historicHash = (historic: boolean): { readonly hash?: SignatureHash } => (historic ? { hash: 'sha256' } : {});

function judgeKeys(
  bundle: Bundle,
  messages: readonly Uint8Array[],
  historic: boolean,
  { trust, checks }: JudgeOptions,
): SignatureVerdict {
  const keys = trust.filter((entry) => entry.kind === 'key');
  const { signatures } = bundle.envelope;
  const hash = historicHash(historic);
  const made = new Set(
    signatures.map(({ sig, keyid }) => {
      // A signature has one maker: whoever it names is asked first, and nobody after the one who made it.
      const names = [keyid, keyHint(bundle, checks)];
      const inOrder = keys.toSorted((a, b) => Number(isNamed(b.key, names)) - Number(isNamed(a.key, names)));
      const maker = inOrder.find(({ key }) =>
        messages.some((message) => checks.verifySignature(key, message, sig, hash)),
      );
      return maker?.key.fingerprint;
    }),
  );
  const signers = keys.filter(({ key }) => made.has(key.fingerprint));
  if (signers.length > 0) {
    const alsoNamed = keys.filter(
      (entry) => !signers.includes(entry) && signatures.some(({ keyid }) => isHint(keyid, entry.key)),
    );
    return {
      trust: 'trusted',
      signers,
      signer: signers.map(({ key }) => `key sha256:${key.fingerprint}`).join(', '),
      message: `signed by ${signers.map(({ label }) => label).join(', ')}`,
      alsoNamed: alsoNamed.map(({ label }) => label),
    };
  }
  const hints = [keyHint(bundle, checks), ...signatures.map(({ keyid }) => keyid)];
  const claimed = keys.find(({ key }) => isNamed(key, hints));
  const signer = describeMaterial(bundle, checks);
  if (claimed === undefined)
    return { trust: 'untrusted', signers: [], signer, message: `signed by ${signer}, which is not trusted here` };
  const shape = signatures.map(({ sig }) => checks.signatureHint(claimed.key, sig)).find((hint) => hint !== undefined);
  const why = shape === undefined ? '' : ` (${shape})`;
  return {
    trust: 'named',
    signers: [],
    signer,
    message: `names ${claimed.label}, but its signature does not verify${why}`,
  };
}

const isNamed = (key: PublicKey, hints: readonly (string | undefined)[]): boolean =>
  hints.some((hint) => isHint(hint, key));

/** The hint of OMS, or the fingerprint that we print: unauthenticated, so it decides only what to complain about. */
const isHint = (hint: string | undefined, key: PublicKey): boolean => hint === key.hint || hint === key.fingerprint;

function judgeChain(
  bundle: Bundle,
  chain: readonly Uint8Array[],
  messages: readonly Uint8Array[],
  historic: boolean,
  { trust, checks, at }: JudgeOptions,
): SignatureVerdict {
  const verdicts = trust
    .filter((entry) => entry.kind === 'anchors')
    .map((entry): SignatureVerdict => {
      const path = checks.verifyCertificatePath({ chain, anchors: entry.anchors, at });
      const signer = `certificate ${path.leaf.subject}`;
      const refused = (trust: SignatureVerdict['trust'], message: string): SignatureVerdict => ({
        trust,
        signers: [],
        signer,
        message,
      });
      if (path.outcome === 'fail' && path.reason === 'untrusted') return refused('untrusted', path.message);
      const other = entry.leaf === undefined ? undefined : notNamed(entry.leaf, path.leaf);
      if (other !== undefined) return refused('untrusted', `signed by ${signer}, ${other}`);
      const key = path.leaf.publicKey;
      const hash = historicHash(historic);
      const signs = ({ sig }: { readonly sig: Uint8Array }): boolean =>
        key !== undefined && messages.some((message) => checks.verifySignature(key, message, sig, hash));
      if (!bundle.envelope.signatures.some(signs))
        return refused('named', `names ${signer}, but its signature does not verify`);
      if (path.outcome === 'pass') {
        // Somebody trusted by his key who also holds a certificate for it stays one signer (design §5, threshold).
        const same = trust.find((other) => other.kind === 'key' && other.key.fingerprint === key?.fingerprint);
        const message = `signed by ${signer} under ${entry.label}`;
        const { fingerprint: certifiedKey } = path.publicKey;
        const { alternativeNames, issuer } = path.leaf;
        const certificate = { alternativeNames, issuer };
        return { trust: 'trusted', signers: [same ?? entry], signer, message, certifiedKey, certificate };
      }
      const untimely = path.reason === 'expired' || path.reason === 'not-yet-valid';
      return refused(untimely ? 'expired' : 'named', path.message);
    });
  const strongest = (['trusted', 'expired', 'named', 'untrusted'] as const)
    .map((level) => verdicts.find(({ trust }) => trust === level))
    .find((verdict) => verdict !== undefined);
  const signer = describeMaterial(bundle, checks);
  return (
    strongest ?? {
      trust: 'untrusted',
      signers: [],
      signer,
      message: 'signed with a certificate, and no certificate is trusted here',
    }
  );
}

/** Anchors vouch for everybody whom they issue a certificate to: who is named is told by what they put into it, byte for byte. */
function notNamed({ subject, issuer }: LeafName, leaf: CertificateVerdict['leaf']): string | undefined {
  if (!leaf.alternativeNames.includes(subject)) return `which does not name ${quote(subject)}`;
  if (issuer !== undefined && leaf.issuer !== issuer) return `which ${quote(issuer)} did not issue`;
  return undefined;
}

async function judgeKeyless(bundle: Bundle, { trust, checks }: JudgeOptions): Promise<SignatureVerdict> {
  const signer = describeMaterial(bundle, checks);
  let verdict: SignatureVerdict = {
    trust: 'untrusted',
    signers: [],
    signer,
    message: 'signed by a keyless identity, and none is trusted here',
  };
  for (const entry of trust) {
    if (entry.kind !== 'identity') continue;
    const { identity, issuer, trustedRoot } = entry;
    const found = await checks.verifyKeyless({ bundleJson: bundle.json, identity, issuer, trustedRoot });
    const name = found.identity === undefined ? signer : `${found.identity} (${found.issuer ?? 'unknown issuer'})`;
    if (found.outcome === 'pass') {
      const { integratedTime: signedAt } = found;
      const seen = signedAt === undefined ? {} : { signedAt };
      return { trust: 'trusted', signers: [entry], signer: name, message: `signed by ${name}`, ...seen };
    }
    // Without an identity the certificate, the log entry or the signature itself is broken: evidence that contradicts.
    verdict = {
      trust: found.identity === undefined ? 'named' : 'untrusted',
      signers: [],
      signer: name,
      message: found.message,
    };
    if (verdict.trust === 'named') return verdict;
  }
  return verdict;
}

/** The hint of a key bundle; before model_signing 1.1.0 the PEM text stood in its place, whose SHA-256 the hint is. */
function keyHint({ material }: Bundle, { sha256 }: SignatureChecks): string | undefined {
  if (material.kind !== 'publicKey') return undefined;
  return material.hint ?? (material.rawKeyPem === undefined ? undefined : hexEncode(sha256(material.rawKeyPem)));
}

export function describeMaterial(bundle: Bundle, checks: SignatureChecks): string {
  const { material, envelope } = bundle;
  const hint = keyHint(bundle, checks);
  switch (material.kind) {
    case 'publicKey':
      return hint === undefined ? 'a key without a hint' : `key hint ${hint}`;
    case 'none':
      return envelope.signatures[0]?.keyid === undefined
        ? 'a key without a hint'
        : `key id ${envelope.signatures[0].keyid}`;
    case 'certificateChain':
      return 'a certificate';
    case 'certificate':
      return 'a keyless identity';
  }
}
