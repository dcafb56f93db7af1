import { type Bundle, isOmsPredicateType, parseBundle, parseOms, parseStatement } from '../attestation/index.ts';
import { decodeUtf8 } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { MAX_EVIDENCE_BYTES, readIfPresent } from '../evidence/index.ts';
import type { PublicKey } from '../keys/index.ts';

/** What stands in the place of `model.sig`. */
export type ExistingSignature =
  | { readonly state: 'none' }
  /** Names our key. */
  | { readonly state: 'ours'; readonly text: string }
  /** Somebody else's, or no bundle at all: kept unless the user insists. */
  | { readonly state: 'foreign'; readonly whose: string; readonly ignores: ReadonlySet<string> };

/** Looks at the signature file in a place, without believing it. */
export async function existingSignature(file: string, key: PublicKey): Promise<ExistingSignature> {
  const bytes = await readIfPresent(file, { maxBytes: MAX_EVIDENCE_BYTES, followLink: true });
  if (bytes === undefined) return { state: 'none' };
  try {
    const bundle = parseBundle(bytes, 'the existing signature');
    if (bundle.material.kind === 'publicKey' && bundle.material.hint === key.hint) {
      return { state: 'ours', text: decodeUtf8(bytes) };
    }
    return { state: 'foreign', whose: whose(bundle), ignores: ignoresOf(bundle) };
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return { state: 'foreign', whose: `something that is no bundle (${error.message})`, ignores: new Set() };
  }
}

function whose({ material }: Bundle): string {
  switch (material.kind) {
    case 'publicKey':
      return `a key with the hint ${material.hint ?? '(none)'}`;
    case 'certificateChain':
      return 'a certificate';
    case 'certificate':
      return 'a keyless identity';
    case 'none':
      return 'an unnamed key';
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
export function refuseOverwrite(name: string, why: string): never {
  throw new StemmaError('WOULD_OVERWRITE', `${name} is there already: ${why}`, {
    hint: 'keep it and write elsewhere with --output-dir, or replace it with --force',
  });
}
