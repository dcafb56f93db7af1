/** Git-LFS keeps every pointer below this size. */
const MAX_POINTER_BYTES = 1024;
const VERSIONS: ReadonlySet<string> = new Set([
  'version https://git-lfs.github.com/spec/v1',
  'version https://hawser.github.com/spec/v1',
]);
const OID = /^oid sha256:([0-9a-f]{64})$/;
const SIZE = /^size (0|[1-9][0-9]{0,15})$/;
const decoder = new TextDecoder();

/** What a Git-LFS pointer stands for: the weights that were never downloaded. */
export interface LfsPointer {
  /** SHA-256 of the real file, lower-case hex. */
  readonly oid: string;
  /** Bytes of the real file. */
  readonly size: number;
}

/**
 * Reads a whole file as a Git-LFS pointer (git-lfs `docs/spec.md`), or returns undefined. As lenient as git-lfs itself,
 * which trims white space and accepts CRLF: a file that it would replace by weights must not be attested as the weights.
 */
export function parseLfsPointer(bytes: Uint8Array): LfsPointer | undefined {
  if (bytes.length > MAX_POINTER_BYTES) return undefined;
  const lines = decoder
    .decode(bytes)
    .trim()
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (!VERSIONS.has(lines[0] ?? '')) return undefined;
  let oid: string | undefined;
  let size: number | undefined;
  for (const line of lines) {
    oid ??= OID.exec(line)?.[1];
    size ??= sizeOf(line);
  }
  return oid === undefined || size === undefined ? undefined : { oid, size };
}

export function isLfsPointer(bytes: Uint8Array): boolean {
  return parseLfsPointer(bytes) !== undefined;
}

function sizeOf(line: string): number | undefined {
  const digits = SIZE.exec(line)?.[1];
  const size = digits === undefined ? Number.NaN : Number(digits);
  return Number.isSafeInteger(size) ? size : undefined;
}
