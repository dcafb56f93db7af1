import { closeSync } from 'node:fs';
import { type JsonObject, type JsonValue, parseJson, quote } from '../bytes/index.ts';
import { assertUnchanged, openChecked, readBlock } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { ModelFile } from '../model/index.ts';
import type { LowRank } from './formula.ts';
import type { Undecided } from './recipe.ts';
import { readWhole } from './tensor-reader.ts';
import type { Weight, Weights } from './weights.ts';

const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_RANK = 4096;
/** Elements of A and of B that are held in memory: 256 MiB each. */
const MAX_FACTOR = 64 * 1024 * 1024;
const PREFIX = 'base_model.model.';

/** The A and B of one module. */
interface Pair {
  readonly a: Weight;
  readonly b: Weight;
}

/** A LoRA adapter as PEFT writes it. */
export interface Adapter {
  readonly rank: number;
  readonly scale: number;
  /** By the name of the base's tensor that it updates. */
  readonly pairs: ReadonlyMap<string, Pair>;
}

/**
 * Reads `adapter_config.json` and pairs the adapter's tensors. Whatever could mean another sum than W + scale·B·A is not decided.
 *
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED
 */
export function readAdapter({ adapterConfig, tensors, name }: Weights): Adapter | Undecided {
  if (adapterConfig === undefined) return { undecided: `${quote(name)} has no adapter_config.json` };
  const config = readConfig(adapterConfig);
  if ('undecided' in config) return config;
  const pairs = new Map<string, Pair>();
  for (const [key, a] of tensors) {
    const target = targetOf(key, 'lora_A');
    const b = target === undefined ? undefined : tensors.get(`${PREFIX}${target}.lora_B.weight`);
    if (target !== undefined && b !== undefined) pairs.set(`${target}.weight`, { a, b });
    else if (targetOf(key, 'lora_B') === undefined || !tensors.has(key.replace(/lora_B\.weight$/, 'lora_A.weight')))
      return { undecided: `the adapter has the tensor ${quote(key, 80)}, which is no lora_A or lora_B of a pair` };
  }
  return { ...config, pairs };
}

const targetOf = (key: string, part: string): string | undefined =>
  key.startsWith(PREFIX) && key.endsWith(`.${part}.weight`)
    ? key.slice(PREFIX.length, -`.${part}.weight`.length)
    : undefined;

/**
 * The update of one weight, its factors read whole.
 *
 * @throws StemmaError as `readWhole`
 */
export function lowRankOf({ rank, scale }: Adapter, { a, b }: Pair, base: Weight): LowRank | Undecided {
  const [rows = 0, columns = 0] = base.shape;
  const fits = base.shape.length === 2 && isShape(a.shape, rank, columns) && isShape(b.shape, rows, rank) && rank > 0;
  if (!fits) {
    const found = `${JSON.stringify(a.shape)} and ${JSON.stringify(b.shape)}`;
    return { undecided: `A and B of ${found} are no update of rank ${rank} of ${JSON.stringify(base.shape)}` };
  }
  if (a.parameters > MAX_FACTOR || b.parameters > MAX_FACTOR)
    return { undecided: `A or B has more than ${MAX_FACTOR} parameters` };
  if (a.dtype !== b.dtype || !['F32', 'F16', 'BF16'].includes(a.dtype))
    return { undecided: `A and B are ${a.dtype} and ${b.dtype}; both F32, F16 or BF16 are expected` };
  return { a: readWhole(a), b: readWhole(b), rank, columns, scale };
}

const isShape = ([first, second, ...more]: readonly number[], rows: number, columns: number): boolean =>
  more.length === 0 && first === rows && second === columns;

/** Members that change what an adapter computes, and the values of them under which it computes W + scale·B·A. */
const PLAIN: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  peft_type: (value) => value === 'LORA',
  bias: (value) => value === 'none',
  use_dora: isOff,
  fan_in_fan_out: isOff,
  lora_bias: isOff,
  modules_to_save: isOff,
  rank_pattern: isOff,
  alpha_pattern: isOff,
  layer_replication: isOff,
};

function isOff(value: JsonValue): boolean {
  return value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
}

function readConfig(file: ModelFile): Pick<Adapter, 'rank' | 'scale'> | Undecided {
  const config = parseConfig(file);
  if (config === undefined) return { undecided: 'adapter_config.json is not a JSON object' };
  for (const [key, isPlain] of Object.entries(PLAIN)) {
    const value = member(config, key);
    if (value !== undefined && !isPlain(value))
      return {
        undecided: `adapter_config.json has ${key} ${quote(JSON.stringify(value), 60)}, which is not recomputed`,
      };
  }
  if (member(config, 'peft_type') === undefined) return { undecided: 'adapter_config.json names no peft_type' };
  const [rank, alpha] = [member(config, 'r'), member(config, 'lora_alpha')];
  if (typeof rank !== 'number' || !Number.isInteger(rank) || rank < 1 || rank > MAX_RANK)
    return { undecided: `adapter_config.json: expected r from 1 to ${MAX_RANK}, found ${show(rank)}` };
  if (typeof alpha !== 'number' || !Number.isFinite(alpha))
    return { undecided: `adapter_config.json: expected a number lora_alpha, found ${show(alpha)}` };
  const rootScaled = member(config, 'use_rslora') ?? false;
  if (typeof rootScaled !== 'boolean')
    return { undecided: `adapter_config.json: expected true or false use_rslora, found ${show(rootScaled)}` };
  return { rank, scale: alpha / (rootScaled ? Math.sqrt(rank) : rank) };
}

const member = (config: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(config, key) ? config[key] : undefined;

const show = (value: JsonValue | undefined): string =>
  value === undefined ? 'none' : quote(JSON.stringify(value), 40);

/** Hostile input: anybody's file. What is no strict JSON is not decided. */
function parseConfig(file: ModelFile): JsonObject | undefined {
  if (file.size > MAX_CONFIG_BYTES) return undefined;
  const checked = { path: file.path, location: file.location, identity: file.identity, followLink: false };
  const bytes = new Uint8Array(file.size);
  const fd = openChecked(checked);
  try {
    readBlock(checked, fd, bytes, 0);
  } finally {
    closeSync(fd);
  }
  assertUnchanged(checked);
  try {
    const value = parseJson(bytes, { what: 'adapter_config.json', maxBytes: MAX_CONFIG_BYTES, maxDepth: 16 });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}
