import { decodeUtf8, escapeText, type JsonObject, type JsonValue, pathProblem } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { parseYaml } from '../yaml/index.ts';

/** A file or folder that a stage read or wrote, as `dvc.lock` records it. Its MD5 is no digest that a link may have. */
export interface DvcFile {
  /** Relative to the folder of `dvc.lock`, with `/`. Untrusted. */
  readonly path: string;
  /** Why the path is not used: it leads out of that folder, as an URL or `..` does. */
  readonly problem?: string;
  /** Bytes. */
  readonly size?: number;
  /** Lower-case hex, of exactly the file's bytes: not of a folder, nor of a text whose line ends DVC 2 left out. */
  readonly md5?: string;
}

/** One run of a command. */
export interface DvcStage {
  readonly name: string;
  /** `deps`: data, models and code alike; DVC does not say which. */
  readonly inputs: readonly DvcFile[];
  /** `outs` */
  readonly outputs: readonly DvcFile[];
  /** Those that are one value, as text. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** Far above any pipeline. */
export const MAX_DVC_LOCK_BYTES = 1024 * 1024;

const SCHEMA = '2.0';
const MAX_PATH_LENGTH = 1024;
/** Of all stages together: what each was made of is looked up among the others. */
const MAX_FILES = 5000;

/**
 * Reads a lock file of DVC, schema 2.0: what each stage of a pipeline read and wrote when it was run last. Hostile input. Members
 * that speak of something else are passed over.
 *
 * @throws StemmaError DVC_LOCK_INVALID
 */
export function parseDvcLock(bytes: Uint8Array): readonly DvcStage[] {
  const root = members(parseYaml(decoded(bytes), invalid), '');
  const schema = member(root, 'schema');
  if (schema !== SCHEMA)
    throw invalid(
      `expected schema "${SCHEMA}", found ${schema === undefined ? 'none' : escapeText(JSON.stringify(schema), 40)}`,
      '/schema',
    );
  const stages = member(root, 'stages');
  if (stages === undefined) return [];
  const read = Object.entries(members(stages, '/stages')).map(([name, stage]) => stageOf(name, stage));
  const files = read.reduce((sum, { inputs, outputs }) => sum + inputs.length + outputs.length, 0);
  if (files > MAX_FILES) throw invalid(`expected at most ${MAX_FILES} deps and outs, found ${files}`, '/stages');
  return read;
}

function decoded(bytes: Uint8Array): string {
  if (bytes.length > MAX_DVC_LOCK_BYTES)
    throw invalid(`expected at most ${MAX_DVC_LOCK_BYTES} bytes, found ${bytes.length}`);
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    if (!(cause instanceof StemmaError)) throw cause;
    throw invalid('expected UTF-8');
  }
}

function invalid(message: string, at = '', details: Readonly<Record<string, unknown>> = {}): StemmaError {
  const where = at === '' ? '' : ` (at ${escapeText(at, 200)})`;
  return new StemmaError('DVC_LOCK_INVALID', `dvc.lock: ${message}${where}`, {
    hint: 'dvc repro and dvc commit write it anew; schema 2.0 is read',
    details: { ...details, pointer: at },
  });
}

function stageOf(name: string, value: JsonValue): DvcStage {
  const at = `/stages/${name}`;
  const stage = members(value, at);
  return {
    name,
    inputs: filesOf(stage, 'deps', at),
    outputs: filesOf(stage, 'outs', at),
    parameters: parametersOf(stage, at),
  };
}

function filesOf(stage: JsonObject, name: 'deps' | 'outs', at: string): readonly DvcFile[] {
  const list = member(stage, name);
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw invalid('expected a list', `${at}/${name}`);
  return list.map((each, index) => fileOf(each, `${at}/${name}/${index}`));
}

function fileOf(value: JsonValue, at: string): DvcFile {
  const file = members(value, at);
  const [given, size, md5, hash] = ['path', 'size', 'md5', 'hash'].map((name) => member(file, name));
  if (typeof given !== 'string' || given === '' || given.length > MAX_PATH_LENGTH)
    throw invalid(`expected a path of 1 to ${MAX_PATH_LENGTH} characters`, `${at}/path`);
  if (size !== undefined && !(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0))
    throw invalid('expected a number of bytes', `${at}/size`);
  if (md5 !== undefined && !(typeof md5 === 'string' && /^[0-9a-f]{32}(?:\.dir)?$/.test(md5)))
    throw invalid('expected an MD5 as 32 lower-case hexadecimal digits', `${at}/md5`);
  // Folders may be written with a slash at the end.
  const path = given.length > 1 && given.endsWith('/') ? given.slice(0, -1) : given;
  const problem = pathProblem(path, { windows: false });
  // Before DVC 3, which writes `hash: md5`, the line ends of texts were changed before they were hashed.
  const isOfBytes = md5 !== undefined && hash === 'md5' && !md5.endsWith('.dir');
  return {
    path,
    ...(problem === undefined ? {} : { problem }),
    ...(size === undefined ? {} : { size }),
    ...(isOfBytes ? { md5 } : {}),
  };
}

function parametersOf(stage: JsonObject, at: string): DvcStage['parameters'] {
  const files = member(stage, 'params');
  if (files === undefined) return [];
  return Object.entries(members(files, `${at}/params`)).flatMap(([file, values]) =>
    Object.entries(members(values, `${at}/params/${file}`)).flatMap(([name, value]) =>
      value === null || typeof value === 'object' ? [] : [{ name, value: String(value) }],
    ),
  );
}

/** Of its own; an absent one and one without a value are the same. */
function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
}

function members(value: JsonValue, at: string): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid('expected members with values', at);
  return value as JsonObject;
}
