import {
  canonicalJson,
  compareUtf8,
  encodeUtf8,
  type JsonObject,
  type JsonValue,
  parseJson,
  quote,
} from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { INDEX_NAME, type PackRole, roleIn } from './layout.ts';

const PACK_TYPE = 'https://w3id.org/stemma/evidence-pack/v1';
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

export interface PackIndex {
  /** What the exporter called the model: a claim. */
  readonly name: string;
  /** All but the index itself, by the UTF-8 bytes of their paths. */
  readonly files: readonly { readonly path: string; readonly role: PackRole }[];
}

/** The index of a pack: canonical JSON (RFC 8785) and LF. */
export function writeIndex(name: string, paths: readonly string[]): Uint8Array {
  return encodeUtf8(`${canonicalJson(indexJson(name, paths))}\n`);
}

function indexJson(name: string, paths: readonly string[]): JsonValue {
  const files = paths.toSorted(compareUtf8).map((path) => ({ path, role: roleIn(path) ?? unknownPath(path) }));
  return { type: PACK_TYPE, name, files };
}

/**
 * Reads the index, and holds it to what the pack holds: there is one spelling of it for a name and a set of paths.
 *
 * @param paths of all other files
 * @throws StemmaError PACK_INVALID
 */
export function readIndex(bytes: Uint8Array | undefined, paths: readonly string[]): PackIndex {
  if (bytes === undefined) throw packInvalid(`it has no ${INDEX_NAME}`);
  const json = parsed(bytes);
  const { name, type } = isObject(json) ? json : {};
  if (type !== PACK_TYPE) throw packInvalid(`expected ${PACK_TYPE} as the type in ${INDEX_NAME}, found another`);
  if (typeof name !== 'string' || name === '') throw packInvalid(`${INDEX_NAME} has no name`);
  const expected = writeIndex(name, paths);
  if (Buffer.compare(expected, bytes) !== 0)
    throw packInvalid(`${INDEX_NAME} does not list exactly the files that are there, as it is to be written`);
  const files = paths.toSorted(compareUtf8).map((path) => ({ path, role: roleIn(path) ?? unknownPath(path) }));
  return { name, files };
}

const isObject = (json: JsonValue): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

function parsed(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, { maxBytes: MAX_INDEX_BYTES, what: INDEX_NAME, integersOnly: true });
  } catch (cause) {
    throw packInvalid(`${INDEX_NAME} cannot be read`, cause);
  }
}

function unknownPath(path: string): never {
  throw packInvalid(`no pack has a file ${quote(path, 200)}`);
}

export function packInvalid(why: string, cause?: unknown): StemmaError {
  return new StemmaError('PACK_INVALID', `no evidence pack, or a broken one: ${why}`, {
    hint: 'stemma evidence export makes one',
    ...(cause === undefined ? {} : { cause }),
  });
}
