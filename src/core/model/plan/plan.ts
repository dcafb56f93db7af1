import { quote } from '../../bytes/index.ts';
import { LazyList } from '../../digest/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import {
  isSafetensorsIndexName,
  type LfsPointer,
  parseLfsPointer,
  parseSafetensorsIndex,
  SAFETENSORS_INDEX_MAX_BYTES,
} from '../formats/index.ts';
import type { FileSet } from '../walk/file-set.ts';
import type { ModelFile } from '../walk/listing.ts';
import { readHeader } from './header-reader.ts';
import type { KnownHeaders } from './known-headers.ts';
import { planFile } from './plan-file.ts';
import type { FilePlan, Finding, ModelPlan, PlanProblem } from './plan-types.ts';
import { groupTensorSets, type ParsedIndex } from './tensor-sets.ts';

export interface PlanOptions extends AbortOptions {
  /** Paths of files to take as one region, not parsed; for a single-file model, `''`. */
  readonly opaque: readonly string[];
  /** Headers that were read before for the same listing; those read now are added. */
  readonly known?: KnownHeaders;
}

const FILES_PER_TURN = 256;
const LFS_POINTER_MAX_BYTES = 1024;

/**
 * Reads the headers of a file set and says how each file is cut into segments and which tensor sets there are (design §3).
 * Weights are not read. A file or index that is not what it should be is a problem in the plan.
 *
 * @throws StemmaError INTERRUPTED
 */
export async function planModel(set: FileSet, options: PlanOptions): Promise<ModelPlan> {
  const opaque = new Set(options.opaque);
  const single = set.kind === 'file' ? set.name : undefined;
  const plans = new Map<number, FilePlan>();
  const findings: Finding[] = [];
  const problems: PlanProblem[] = [];
  const indexes: ParsedIndex[] = [];
  let i = 0;
  for (const file of set.files) {
    if (i % FILES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(options.signal);
    const isOpaque = opaque.has(file.path);
    const planned = (isOpaque ? undefined : options.known?.get(file)) ?? planFile(file, single, isOpaque);
    if (!isOpaque) options.known?.add(file, planned);
    if (isOpaque || planned.plan.container !== undefined) plans.set(i, planned.plan);
    i++;
    findings.push(...planned.findings);
    if (planned.problem !== undefined) problems.push(planned.problem);
    else if (single === undefined && isSafetensorsIndexName(file.path) && !planned.plan.opaque) {
      const index = readIndex(file);
      if ('index' in index) indexes.push(index);
      else problems.push(index);
    }
  }
  const files = filePlans(set, plans);
  const sets = groupTensorSets(files, (path) => set.files.indexOf(path), indexes);
  return {
    kind: set.kind,
    name: set.name,
    files,
    tensorSets: sets.tensorSets,
    findings: [...findings, ...sets.findings],
    problems: [...problems, ...sets.problems],
  };
}

/** A plan that opens no file: one region each, no tensor sets. Enough for the file tree and for OMS, which never parse. */
export function plainPlan(set: FileSet): ModelPlan {
  return {
    kind: set.kind,
    name: set.name,
    files: filePlans(set, new Map()),
    tensorSets: [],
    findings: [],
    problems: [],
  };
}

/** @param plans of the containers and opaque files, by index: all others are plain */
function filePlans({ files }: FileSet, plans: ReadonlyMap<number, FilePlan>): LazyList<FilePlan> {
  return new LazyList(files.length, (i) => plans.get(i) ?? { file: files.at(i) as ModelFile, opaque: false });
}

/**
 * The pointer, where a file is a Git-LFS pointer: explains why weights do not match.
 *
 * @throws StemmaError FILE_UNREADABLE, FILE_CHANGED, NOT_A_REGULAR_FILE
 */
export function readLfsPointer(file: ModelFile): LfsPointer | undefined {
  if (file.size > LFS_POINTER_MAX_BYTES) return undefined;
  return readHeader(file, file.path, (read) => parseLfsPointer(read(file.size)));
}

function readIndex(file: ModelFile): ParsedIndex | PlanProblem {
  const { path, size } = file;
  try {
    if (size > SAFETENSORS_INDEX_MAX_BYTES) {
      const why = `has ${size} bytes; an index has at most ${SAFETENSORS_INDEX_MAX_BYTES}`;
      throw new StemmaError('SAFETENSORS_INDEX_INVALID', `${quote(path)} ${why}`);
    }
    return { path, index: parseSafetensorsIndex(readHeader(file, path, (read) => read(size))) };
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return { path, error, blocks: 'always' };
  }
}
