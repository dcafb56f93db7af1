import { compareUtf8, type JsonValue, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/** Algorithm name → lower-case hex, as in-toto's DigestSet; design §3 names the keys. */
export type DigestSet = Readonly<Record<string, string>>;

/** Keys whose values bind names, sizes and bytes on their own. */
export const FILE_TREE = 'stemmaFileTreeV1';
export const SEGMENT_TREE_BLAKE3 = 'stemmaSegmentTreeBlake3V1';
export const SEGMENT_TREE_SHA256 = 'stemmaSegmentTreeSha256V1';
export const LOG_TREE = 'stemmaLogTreeV1';
export const SALTED_TREE = 'stemmaSaltedTreeV1';

/** Byte lengths of the algorithms we know; a value of another length is malformed. */
const KNOWN_LENGTHS: Readonly<Record<string, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
  blake2b: 64,
  blake3: 32,
  [FILE_TREE]: 32,
  [SEGMENT_TREE_BLAKE3]: 32,
  [SEGMENT_TREE_SHA256]: 32,
  [LOG_TREE]: 32,
  [SALTED_TREE]: 32,
};
const BINDING: ReadonlySet<string> = new Set([FILE_TREE, SEGMENT_TREE_BLAKE3, SEGMENT_TREE_SHA256, SALTED_TREE]);
const MAX_KEYS = 64;

const invalid = (message: string, pointer: string): StemmaError =>
  new StemmaError('DIGEST_SET_INVALID', pointer === '' ? message : `${message} (at ${pointer})`, {
    details: { pointer },
  });

/**
 * Checks a parsed JSON value as a DigestSet: a non-empty object of lower-case hex values, of the right length where the
 * algorithm is known. Unknown algorithms are kept: two sets that both carry one must agree on it (design §3).
 *
 * @param pointer JSON pointer of the value, for messages
 * @throws StemmaError DIGEST_SET_INVALID
 */
export function parseDigestSet(value: JsonValue | undefined, pointer = ''): DigestSet {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid('expected a digest set (an object of hex values)', pointer);
  }
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>);
  if (entries.length === 0) throw invalid('expected at least one digest, found an empty set', pointer);
  if (entries.length > MAX_KEYS)
    throw invalid(`expected at most ${MAX_KEYS} digests, found ${entries.length}`, pointer);
  const out: Record<string, string> = {};
  for (const [algorithm, digest] of entries.toSorted(([a], [b]) => compareUtf8(a, b))) {
    if (typeof digest !== 'string' || digest === '' || digest.length % 2 !== 0 || !/^[0-9a-f]+$/.test(digest)) {
      throw invalid(`expected lower-case hex for ${quote(algorithm, 60)}`, pointer);
    }
    const length = Object.hasOwn(KNOWN_LENGTHS, algorithm) ? KNOWN_LENGTHS[algorithm] : undefined;
    if (length !== undefined && digest.length !== 2 * length) {
      throw invalid(`expected ${2 * length} hex digits for ${algorithm}, found ${digest.length}`, pointer);
    }
    out[algorithm] = digest;
  }
  return out;
}

/** `sha256:ab…,stemmaFileTreeV1:cd…`, sorted by key: what `stemma digest` prints and flags such as `--expect` take. */
export function formatDigestSet(set: DigestSet): string {
  return Object.keys(set)
    .toSorted(compareUtf8)
    .map((key) => `${key}:${set[key]}`)
    .join(',');
}

/**
 * Reads the text form of a DigestSet from a flag; hex may be upper case there and only there, and a bare 64-digit value is `sha256`.
 *
 * @throws StemmaError DIGEST_SET_INVALID
 */
export function parseDigestSetText(text: string): DigestSet {
  const out: Record<string, string> = {};
  for (const part of text.trim().split(',')) {
    const colon = part.indexOf(':');
    const algorithm = colon < 0 ? 'sha256' : part.slice(0, colon).trim();
    if (algorithm === '' || algorithm === '__proto__')
      throw invalid(`expected ALGORITHM:HEX, found ${quote(part, 80)}`, '');
    if (Object.hasOwn(out, algorithm)) throw invalid(`${quote(algorithm, 60)} is given twice`, '');
    out[algorithm] = part
      .slice(colon + 1)
      .trim()
      .toLowerCase();
  }
  return parseDigestSet(out);
}

/** Whether a piece of text looks like a digest set rather than a path. */
export function looksLikeDigestSet(text: string): boolean {
  return /^(?:[A-Za-z0-9]+:)?[0-9a-fA-F]{64,}(?:,|$)/.test(text);
}

export interface DigestComparison {
  /**
   * `match`: every shared key agrees and one of them binds names and bytes. `names-not-bound`: all agree, but only on keys that
   * do not. `contradiction`: some agree and some differ. `different`: all shared keys differ. `no-common-key`: nothing to compare.
   */
  readonly kind: 'match' | 'names-not-bound' | 'contradiction' | 'different' | 'no-common-key';
  readonly equal: readonly string[];
  readonly unequal: readonly string[];
}

/**
 * Compares two sets by the rule of design §3: every key that both carry, recognised or not, must agree, and at least one must
 * bind names and bytes.
 *
 * @param sha256Binds true where `sha256` is a single file's own digest, which binds its bytes
 */
export function compareDigestSets(a: DigestSet, b: DigestSet, sha256Binds: boolean): DigestComparison {
  const equal: string[] = [];
  const unequal: string[] = [];
  for (const key of Object.keys(a).toSorted(compareUtf8)) {
    if (!Object.hasOwn(b, key)) continue;
    (a[key] === b[key] ? equal : unequal).push(key);
  }
  const binds = equal.some((key) => BINDING.has(key) || (sha256Binds && key === 'sha256'));
  const kind =
    unequal.length > 0
      ? equal.length > 0
        ? 'contradiction'
        : 'different'
      : equal.length === 0
        ? 'no-common-key'
        : binds
          ? 'match'
          : 'names-not-bound';
  return { kind, equal, unequal };
}
