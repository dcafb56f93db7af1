import {
  type Bundle,
  INTOTO_PAYLOAD_TYPE,
  legacyPae,
  OMS_LEGACY_PREDICATE_TYPE,
  pae,
  parseStatement,
  type Statement,
} from '../../attestation/index.ts';
import { hexEncode } from '../../bytes/index.ts';
import { isStemmaError, type StemmaError } from '../../errors/index.ts';
import type { EvidenceRef } from '../report.ts';
import type { TrustEntry } from '../trust.ts';
import { describeMaterial, type JudgeOptions, judgeSignature, type SignatureVerdict } from './judge-signature.ts';
import { isBudgetSpent } from './signature-budget.ts';

/** A bundle that was collected, or why it is none. */
export interface CollectedBundle {
  readonly ref: EvidenceRef;
  /** `model`: the model's own side files; the others were named by the caller. */
  readonly origin: 'model' | 'signature' | 'attestations';
  /** Whether it is the model's own `model.sig` or `FILE.sig`. */
  readonly isSignatureFile: boolean;
  /** Path relative to the model of the file that holds it, where it lies inside a folder. */
  readonly inModel?: string;
  /** The evidence pack that it is out of: all files of one count as one file of attestations. */
  readonly pack?: string;
  readonly content: { readonly bundle: Bundle } | { readonly error: StemmaError };
}

/**
 * `trusted`: a trusted signer signed exactly this payload. `named`: it names a trusted signer, whose signature it is not.
 * `expired`: signed under trusted anchors, but outside the certificate's time. `untrusted`: nobody we trust.
 * `unauthenticated`: nothing was asked (`--integrity-only`).
 */
export type Trust = 'trusted' | 'named' | 'expired' | 'untrusted' | 'malformed' | 'unauthenticated';

export interface AuthenticatedStatement {
  readonly ref: EvidenceRef;
  readonly origin: CollectedBundle['origin'];
  readonly isSignatureFile: boolean;
  readonly inModel?: string;
  readonly pack?: string;
  readonly trust: Trust;
  /** The entries of the trust root whose signature verified; empty unless `trusted`. */
  readonly signers: readonly TrustEntry[];
  /** Fingerprint of the key that made the signature, where a certificate vouches for that key. */
  readonly certifiedKey?: string;
  /** What that certificate says. */
  readonly certificate?: SignatureVerdict['certificate'];
  /** Who signed as far as can be told; from an unauthenticated field unless `trusted`. */
  readonly signer: string;
  /** What was expected and what was found. */
  readonly message: string;
  readonly bundle?: Bundle;
  /** Trusted keys that a further signature of the envelope names, and that did not make it. */
  readonly alsoNamed?: readonly string[];
  /** Absent for a payload type that we do not know, and where malformed. */
  readonly statement?: Statement;
  readonly error?: StemmaError;
}

export interface AuthenticateOptions extends JudgeOptions {
  readonly integrityOnly: boolean;
}

/**
 * Step 2 of design §5: each signature against the trust root. Never throws for hostile input: a payload that does not parse is
 * `malformed`, whoever signed it.
 */
export async function authenticate(
  collected: CollectedBundle,
  options: AuthenticateOptions,
): Promise<AuthenticatedStatement> {
  const { ref, content, ...base } = collected;
  if ('error' in content) {
    return {
      ...base,
      ref,
      trust: 'malformed',
      signers: [],
      signer: 'unknown',
      message: content.error.message,
      error: content.error,
    };
  }
  const { bundle } = content;
  const { envelope } = bundle;
  const { statement, error } = readStatement(bundle);
  const { messages, historic } = signedMessages(envelope, statement);
  let verdict: SignatureVerdict = {
    trust: 'untrusted',
    signers: [],
    signer: describeMaterial(bundle, options.checks),
    message: 'signatures were not asked for',
  };
  let broken = error;
  if (!options.integrityOnly) {
    try {
      verdict = await judgeSignature(bundle, messages, historic, options);
    } catch (thrown) {
      // A certificate or keyless material that does not decode is malformed evidence; what the caller gave is his to mend.
      if (!isBudgetSpent(thrown) && !isBrokenMaterial(thrown)) throw thrown;
      broken ??= thrown;
    }
  }
  const named = {
    ...ref,
    pae: hexEncode(options.checks.sha256(messages[0] as Uint8Array)),
    signer: verdict.signer,
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
  };
  // Where a trusted signer is named and did not sign this, that is the finding: the payload is then not his, parsable or not.
  if (broken !== undefined && verdict.trust !== 'named') {
    return {
      ...base,
      ...verdict,
      ref: named,
      trust: 'malformed',
      signers: [],
      message: broken.message,
      bundle,
      error: broken,
    };
  }
  return {
    ...base,
    ...verdict,
    ref: named,
    trust: options.integrityOnly ? 'unauthenticated' : verdict.trust,
    bundle,
    ...(statement === undefined ? {} : { statement }),
  };
}

/** What signatures in an envelope may be over: the PAE, and for OMS v0.2, which had another, that as well. */
export function signedMessages(
  { payloadType, payload }: Bundle['envelope'],
  statement: Statement | undefined,
): { readonly messages: readonly Uint8Array[]; readonly historic: boolean } {
  const historic = statement?.predicateType === OMS_LEGACY_PREDICATE_TYPE;
  return { messages: [pae(payloadType, payload), ...(historic ? [legacyPae(payloadType, payload)] : [])], historic };
}

export const isBrokenMaterial = (error: unknown): error is StemmaError =>
  isStemmaError(error) && (error.code === 'CERTIFICATE_INVALID' || error.code === 'BUNDLE_INVALID');

/** An unknown payload type is unsupported, not malformed; it is never parsed (DSSE protocol.md). */
function readStatement(bundle: Bundle): { readonly statement?: Statement; readonly error?: StemmaError } {
  if (bundle.envelope.payloadType !== INTOTO_PAYLOAD_TYPE) return {};
  try {
    return { statement: parseStatement(bundle.envelope) };
  } catch (error) {
    if (isStemmaError(error)) return { error };
    throw error;
  }
}
