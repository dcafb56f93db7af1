import { pathProblem, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { type HeaderJson, isObject, memberOffset, parseHeaderJson } from './header-json.ts';
import { nameProblem } from './names.ts';

/** Real indexes reach 60 MB; larger ones are refused, and callers check the file's size before they read it. */
export const SAFETENSORS_INDEX_MAX_BYTES = 100_000_000;
/** As Hugging Face's own reader caps them. */
const MAX_SHARDS = 10_000;
const MAX_TENSORS = 1_000_000;

export interface SafetensorsIndex {
  /** `metadata.total_size`, bytes of all tensors as the writer counted them; undefined where absent or no byte count. */
  readonly totalSize: number | undefined;
  /** Tensor name → shard, a canonical relative path from the index's own folder that ends in `.safetensors`. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** Findings: accepted, yet worth an auditor's eye. */
  readonly notes: readonly string[];
}

/**
 * A `*.safetensors.index.json`. Hostile input: shard names are checked as paths before anything can be opened.
 *
 * @throws StemmaError SAFETENSORS_INDEX_INVALID with `details.offset`
 */
export function parseSafetensorsIndex(bytes: Uint8Array): SafetensorsIndex {
  const json = parseHeaderJson(bytes, {
    code: 'SAFETENSORS_INDEX_INVALID',
    what: 'safetensors index',
    base: 0,
    maxBytes: SAFETENSORS_INDEX_MAX_BYTES,
    // Real indexes carry `total_size` as 1.5e10 and other people's metadata.
    integersOnly: false,
  });
  const notes: string[] = [];
  return { totalSize: readTotalSize(json, notes), weightMap: readWeightMap(json), notes };
}

function readTotalSize(json: HeaderJson, notes: string[]): number | undefined {
  const metadata = json.object['metadata'];
  if (metadata === undefined) return undefined;
  if (!isObject(metadata)) throw invalid('expected metadata to be an object', memberOffset(json.text, 'metadata'));
  const size = metadata['total_size'];
  if (size === undefined) return undefined;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  notes.push('metadata.total_size is not a number of bytes');
  return undefined;
}

function readWeightMap(json: HeaderJson): ReadonlyMap<string, string> {
  const at = memberOffset(json.text, 'weight_map');
  const map = json.object['weight_map'];
  if (!isObject(map)) throw invalid('expected weight_map to be an object', at);
  const names = Object.keys(map);
  if (names.length > MAX_TENSORS) throw invalid(`${names.length} tensors; at most ${MAX_TENSORS} are read`, at);
  const weightMap = new Map<string, string>();
  const shards = new Set<string>();
  for (const name of names) {
    const problem = nameProblem(name);
    if (problem !== undefined) throw invalid(`tensor name ${quote(name)} ${problem}`, at);
    const shard = map[name];
    if (typeof shard !== 'string') throw invalid(`expected a shard name for tensor ${quote(name)}`, at);
    if (!shards.has(shard)) {
      const why = shardProblem(shard);
      if (why !== undefined) throw invalid(`shard name ${quote(shard)} ${why}`, at);
      shards.add(shard);
      if (shards.size > MAX_SHARDS) throw invalid(`more than ${MAX_SHARDS} shards`, at);
    }
    weightMap.set(name, shard);
  }
  return weightMap;
}

function shardProblem(shard: string): string | undefined {
  return (
    pathProblem(shard) ??
    nameProblem(shard) ??
    (shard.endsWith('.safetensors') ? undefined : 'does not end in .safetensors')
  );
}

function invalid(why: string, offset: number): StemmaError {
  return new StemmaError('SAFETENSORS_INDEX_INVALID', `not a safetensors index: ${why} (byte ${offset})`, {
    details: { offset },
  });
}
