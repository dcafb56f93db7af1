import { type Bundle, parseBundle } from '../attestation/index.ts';
import { escapeText, quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { type EvidenceBudget, splitLines } from '../evidence/index.ts';
import type { CollectedBundle } from './checks/authenticate.ts';
import type { Repeats } from './repeats.ts';

/** What every bundle of a file has in common. */
type Place = Pick<CollectedBundle, 'origin' | 'inModel' | 'pack'>;

export interface EvidenceBytes extends Place {
  /** As reports call it. */
  readonly name: string;
  /** By its name: `.jsonl` is JSON Lines, anything else is one bundle. */
  readonly form: 'bundle' | 'lines';
  readonly bytes: Uint8Array;
}

export interface Read {
  readonly found: readonly CollectedBundle[];
  /** Why the rest of the lines was not read. */
  readonly rest?: StemmaError;
}

/**
 * The bundles in the bytes of one file, less those that were met before. A line that does not parse is one malformed bundle.
 *
 * @throws StemmaError TOO_LARGE for too many lines
 */
export function readBundles(
  { name, form, bytes, ...place }: EvidenceBytes,
  { budget, repeats }: { readonly budget: EvidenceBudget; readonly repeats: Repeats },
): Read {
  if (form === 'bundle') {
    const isSignatureFile = place.origin === 'model';
    return { found: [{ ...place, ref: { source: name }, isSignatureFile, content: read(bytes, name) }] };
  }
  const found: CollectedBundle[] = [];
  for (const { number, bytes: line } of splitLines(bytes)) {
    const content = read(line, `${name} line ${number}`);
    const bundle = { ...place, ref: { source: name, line: number }, isSignatureFile: false, content };
    if (repeats.isRepeat(bundle)) continue;
    try {
      budget.admit('bundle' in content ? content.bundle.envelope.payload : undefined);
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      const rest = new StemmaError(error.code, `${quote(name)} from line ${number} on: ${error.message}`, {
        cause: error,
      });
      return { found, rest };
    }
    found.push(bundle);
  }
  return { found };
}

function read(bytes: Uint8Array, what: string): CollectedBundle['content'] {
  try {
    const bundle = parseBundle(bytes, escapeText(what));
    return { bundle: bundle.material.kind === 'certificate' ? bundle : withoutText(bundle) };
  } catch (error) {
    if (isStemmaError(error)) return { error };
    throw error;
  }
}

/** Only the keyless verifier reads the JSON again; for the others the text of whole files would be kept for nothing. */
function withoutText({ material, envelope, mediaType }: Bundle): Bundle {
  return { material, envelope, json: {}, ...(mediaType === undefined ? {} : { mediaType }) };
}
