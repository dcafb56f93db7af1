import { type Bundle, bundlesInArray, parseBundle } from '../attestation/index.ts';
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
  const texts =
    place.origin === 'attestations' && form === 'bundle' ? bundlesInArray(bytes, escapeText(name)) : undefined;
  if (form === 'bundle' && texts === undefined) {
    const isSignatureFile = place.origin === 'model';
    return { found: [{ ...place, ref: { source: name }, isSignatureFile, content: read(bytes, name) }] };
  }
  const found: CollectedBundle[] = [];
  for (const { what, ref, bytes: piece } of texts === undefined ? inLines(bytes, name) : inArray(texts, name)) {
    const content = read(piece, what);
    const bundle = { ...place, ref, isSignatureFile: false, content };
    if (repeats.isRepeat(bundle)) continue;
    try {
      budget.admit('bundle' in content ? content.bundle.envelope.payload : undefined);
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      const from = what.slice(name.length + 1);
      const rest = new StemmaError(error.code, `${quote(name)} from ${from} on: ${error.message}`, { cause: error });
      return { found, rest };
    }
    found.push(bundle);
  }
  return { found };
}

interface Piece {
  /** For messages. */
  readonly what: string;
  readonly ref: CollectedBundle['ref'];
  readonly bytes: Uint8Array | string;
}

function* inLines(bytes: Uint8Array, source: string): Generator<Piece> {
  for (const { number, bytes: line } of splitLines(bytes))
    yield { what: `${source} line ${number}`, ref: { source, line: number }, bytes: line };
}

function* inArray(texts: readonly string[], source: string): Generator<Piece> {
  for (const [i, text] of texts.entries()) yield { what: `${source} element ${i}`, ref: { source }, bytes: text };
}

function read(bytes: Uint8Array | string, what: string): CollectedBundle['content'] {
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
