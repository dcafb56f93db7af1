import { type JsonObject, type JsonValue, parseJson } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

const MAX_BUNDLES = 10_000;
const MAX_VALUES = 1_000_000;
const MAX_BYTES = 128 * 1024 * 1024;
const BRACKET = 0x5b;
const BLANK: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/**
 * The bundles in a JSON array, each as JSON text for `parseBundle`: plain ones, and those that `gh attestation verify --format json`
 * prints as `attestation.bundle`. What stands beside them, such as what gh found, is not read.
 *
 * @param what names the source in messages
 * @returns undefined where the document is no array
 * @throws StemmaError TOO_LARGE, ENCODING_INVALID or JSON_INVALID
 */
export function bundlesInArray(input: Uint8Array, what: string): readonly string[] | undefined {
  if (input.find((byte) => !BLANK.has(byte)) !== BRACKET) return undefined;
  const found = parseJson(input, { maxBytes: MAX_BYTES, maxValues: MAX_VALUES, what });
  if (!Array.isArray(found)) return undefined;
  if (found.length > MAX_BUNDLES)
    throw new StemmaError('TOO_LARGE', `${what} has ${found.length} bundles; at most ${MAX_BUNDLES} are read`);
  return found.map((entry: JsonValue) => JSON.stringify(bundleIn(entry)));
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is a bundle itself is read as one, whatever stands in it besides. */
function bundleIn(entry: JsonValue): JsonValue {
  if (!isObject(entry) || Object.hasOwn(entry, 'mediaType') || Object.hasOwn(entry, 'payload')) return entry;
  const { attestation } = entry;
  return isObject(attestation) ? (attestation['bundle'] ?? null) : entry;
}
