import { MAX_BUNDLE_BYTES } from '../attestation/index.ts';
import type { List } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';

/** `{"name":"…","algorithm":"sha256","digest":"…"},` around a path, with 64 digits in it (docs/formats/oms.md). */
const BYTES_PER_RESOURCE = 108;
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
