import { X509Certificate } from 'node:crypto';
import { type Bundle, isOmsPredicateType, parseBundle, parseOms, parseStatement } from '../attestation/index.ts';
import { decodeUtf8, quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { MAX_EVIDENCE_BYTES, readIfPresent } from '../evidence/index.ts';
import type { PublicKey } from '../keys/index.ts';

/** What stands in the place of `model.sig`. */
export type ExistingSignature =
  | { readonly state: 'none' }
  /** Names our key. */
  | { readonly state: 'ours'; readonly text: string }
  /** Somebody else's: kept unless the user insists. */
  | { readonly state: 'foreign'; readonly text: string; readonly whose: string; readonly ignores: ReadonlySet<string> }
  /** No bundle at all. */
  | { readonly state: 'other'; readonly why: string };

/**
 * Looks at the signature file in a place, without believing it.
 *
 * @throws StemmaError TOO_LARGE, FILE_UNREADABLE, NOT_A_REGULAR_FILE
 */
export async function existingSignature(file: string, key: PublicKey): Promise<ExistingSignature> {
  const bytes = await readIfPresent(file, { maxBytes: MAX_EVIDENCE_BYTES, followLink: true });
  if (bytes === undefined) return { state: 'none' };
  try {
    const bundle = parseBundle(bytes, 'the existing signature');
    const { material } = bundle;
    const text = decodeUtf8(bytes);
    if (material.kind === 'publicKey' && material.hint === key.hint) return { state: 'ours', text };
    return { state: 'foreign', text, whose: whose(bundle), ignores: ignoresOf(bundle) };
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return { state: 'other', why: error.message };
  }
}

function whose({ material }: Bundle): string {
  switch (material.kind) {
    case 'publicKey':
      return material.hint === undefined ? 'a key without a hint' : `the key with the hint ${quote(material.hint, 80)}`;
    case 'certificateChain':
      return `the certificate of ${holderOf(material.chain[0])}`;
    case 'certificate':
      return `the keyless identity ${holderOf(material.certificate)}`;
    case 'none':
      return 'an unnamed key';
  }
}

/** What a certificate says of its holder: to a person, not to a check. */
function holderOf(der: Uint8Array | undefined): string {
  try {
    const { subject, subjectAltName } = new X509Certificate(der ?? new Uint8Array());
    return quote((subject || subjectAltName || 'nobody').replaceAll('\n', ', '), 120);
  } catch {
    return 'somebody unknown';
  }
}

function ignoresOf(bundle: Bundle): ReadonlySet<string> {
  try {
    const statement = parseStatement(bundle.envelope);
    return new Set(isOmsPredicateType(statement.predicateType) ? parseOms(statement, sha256).ignorePaths : []);
  } catch (error) {
    if (isStemmaError(error)) return new Set();
    throw error;
  }
}

/** @throws StemmaError WOULD_OVERWRITE */
export function refuseOverwrite(name: string, why: string, hint = OVERWRITE_HINT): never {
  throw new StemmaError('WOULD_OVERWRITE', `${name} is there already: ${why}`, { hint });
}

const OVERWRITE_HINT = 'keep it and write elsewhere, or replace it with --force';
export const MADE_FOR_OTHERS = 'made by this key for other bytes or with other settings';
