import { MAX_BUNDLE_BYTES, parseBundle } from '../attestation/index.ts';
import { encodeUtf8 } from '../bytes/index.ts';
import type { List } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { EvidenceBudget, MAX_EVIDENCE_BYTES, MAX_EVIDENCE_VALUES, splitLines, valuesIn } from '../evidence/index.ts';

/** `{"name":"…","algorithm":"sha256","digest":"…"},` around a path, with 64 digits in it (docs/formats/oms.md). */
const BYTES_PER_RESOURCE = 108;
/** As `valuesIn` counts them: the brace and two commas of a resource, and the comma after it. */
const VALUES_PER_RESOURCE = 4;
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/**
 * Refuses to sign what no verifier reads back: OMS lists every file in one statement. Told from the paths alone, so before
 * any hashing; the signature and JSON escapes, which are left out here, `requireReadable` counts.
 *
 * @param hint what to do instead
 * @throws StemmaError TOO_LARGE
 */
export function requireListable(files: List<{ readonly path: string }>, hint: string): void {
  let bytes = 0;
  for (const { path } of files) bytes += BYTES_PER_RESOURCE + Buffer.byteLength(path);
  if (base64Length(bytes) <= MAX_BUNDLE_BYTES) return;
  throw new StemmaError(
    'TOO_LARGE',
    `an OMS signature of ${files.length} files would have over ${base64Length(bytes)} bytes; at most ${MAX_BUNDLE_BYTES} are ever read`,
    { hint },
  );
}

/**
 * The same for an OMS signature that becomes a line beside another signer's, of which fewer values are read.
 * Undefined where it is few enough.
 */
export function tooManyForLine(files: List<{ readonly path: string }>, hint: string): StemmaError | undefined {
  let values = 0;
  for (const { path } of files) values += VALUES_PER_RESOURCE + valuesIn(encodeUtf8(path)) - 1;
  if (values <= MAX_EVIDENCE_VALUES) return undefined;
  return new StemmaError(
    'TOO_LARGE',
    `an OMS signature of ${files.length} files would have over ${values} values; on a line at most ${MAX_EVIDENCE_VALUES} are ever read`,
    { hint },
  );
}

/** @throws StemmaError TOO_LARGE for a bundle that is too large to be read back */
export function requireReadable(bundle: string, hint: string): void {
  const bytes = Buffer.byteLength(bundle);
  if (bytes <= MAX_BUNDLE_BYTES) return;
  throw new StemmaError(
    'TOO_LARGE',
    `the bundle would have ${bytes} bytes; at most ${MAX_BUNDLE_BYTES} are ever read`,
    {
      hint,
    },
  );
}

/**
 * Refuses an attestations file of which `verify` would not read every line.
 *
 * @throws StemmaError TOO_LARGE
 */
export function requireVerified(name: string, content: Uint8Array): void {
  const hint =
    'leave the evidence of the parents behind with --no-parent-evidence, or write elsewhere with --output-dir';
  if (content.length > MAX_EVIDENCE_BYTES) {
    const why = `${content.length} bytes; at most ${MAX_EVIDENCE_BYTES} are ever read`;
    throw new StemmaError('TOO_LARGE', `${name} would have ${why}`, { hint });
  }
  const budget = new EvidenceBudget();
  for (const { number, bytes } of splitLines(content)) {
    try {
      budget.admit(payloadOf(bytes));
    } catch (cause) {
      if (!isStemmaError(cause)) throw cause;
      const message = `${name} could not be read from line ${number} on: ${cause.message}`;
      throw new StemmaError('TOO_LARGE', message, { hint, cause });
    }
  }
}

function payloadOf(line: Uint8Array): Uint8Array | undefined {
  try {
    return parseBundle(line, 'a line').envelope.payload;
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}
