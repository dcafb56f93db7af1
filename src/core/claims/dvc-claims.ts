import type { DvcFile, DvcStage } from './dvc-lock.ts';

/** Where a model lies, seen from the folder of a `dvc.lock`. */
export interface DvcPlace {
  /** Of the model, with `/`; empty where `dvc.lock` is in the model's folder. */
  readonly path: string;
  /** Whether the model has a file; relative to it, empty for a model that is one file. */
  readonly has: (file: string) => boolean;
}

/** Something that the stages which made a model read. */
export interface DvcInput extends DvcFile {
  /** What it was made of in earlier stages: paths, its own not among them. */
  readonly madeOf: readonly string[];
  /** By its name. */
  readonly isCode: boolean;
}

/** What a `dvc.lock` says of how a model was made. Nothing of it is signed. */
export interface DvcClaims {
  /** The stages that wrote it, or files of it. */
  readonly stages: readonly string[];
  /** Files of the model that they wrote, by their path in the model. */
  readonly outputs: readonly (DvcFile & { readonly file: string })[];
  readonly inputs: readonly DvcInput[];
  readonly parameters: DvcStage['parameters'];
}

/** In the folder of a whole pipeline only these are taken for the model: it has its data and metrics too. */
const WEIGHTS = /\.(?:safetensors|gguf|bin|pt|pth|ckpt|pkl|pickle|joblib|onnx|h5|keras|npz|msgpack|tflite|model)$/i;

/**
 * What the stages that made a model say of it, by the paths of what they wrote.
 *
 * @returns undefined where none of them made it
 */
export function dvcClaims(stages: readonly DvcStage[], place: DvcPlace): DvcClaims | undefined {
  const makers = stages.filter(({ outputs }) => outputs.some((output) => isOfModel(output, place)));
  if (makers.length === 0) return undefined;
  const producers = producersOf(stages);
  const inputs = new Map<string, DvcFile>();
  for (const stage of makers)
    for (const input of stage.inputs) if (!isOfModel(input, place)) inputs.set(input.path, input);
  return {
    stages: makers.map(({ name }) => name),
    outputs: makers.flatMap((stage) => stage.outputs).flatMap((output) => inModel(output, place)),
    inputs: [...inputs.values()].map((input) => ({
      ...input,
      madeOf: madeOf(input.path, producers),
      isCode: CODE.test(input.path),
    })),
    parameters: makers.flatMap(({ parameters }) => parameters),
  };
}

/** DVC has training code among the inputs, which is no parent: a provenance names its commit instead. */
const CODE = /\.(?:py|pyx|ipynb|sh|bash|r|rmd|jl|js|mjs|ts|rs|go|java|scala|c|cc|cpp|h|hpp|cu|sql)$/i;

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** The model itself, a folder that it lies in, or one of its files. */
function isOfModel(file: DvcFile, place: DvcPlace): boolean {
  if (file.problem !== undefined) return false;
  if (place.path !== '' && isWithin(place.path, file.path)) return true;
  return inModel(file, place).length > 0;
}

function inModel(file: DvcFile, { path, has }: DvcPlace): (DvcFile & { readonly file: string })[] {
  if (file.problem !== undefined) return [];
  if (path === '') return WEIGHTS.test(file.path) && has(file.path) ? [{ ...file, file: file.path }] : [];
  if (!isWithin(file.path, path)) return [];
  const within = file.path.slice(path.length + 1);
  return has(within) ? [{ ...file, file: within }] : [];
}

/** Those that wrote a path, or a folder that it lies in. Asked for the same path again and again, they are remembered. */
function producersOf(all: readonly DvcStage[]): (path: string) => readonly DvcStage[] {
  const byOutput = new Map<string, DvcStage>();
  for (const stage of all) for (const { path } of stage.outputs) byOutput.set(path, stage);
  const known = new Map<string, readonly DvcStage[]>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const parts = path.split('/');
    const found = parts.map((_, index) => byOutput.get(parts.slice(0, index + 1).join('/')));
    const stages = found.filter((stage) => stage !== undefined);
    known.set(path, stages);
    return stages;
  };
}

/** All that earlier stages read to make it; a hostile circle ends where it began. */
function madeOf(path: string, producers: (path: string) => readonly DvcStage[]): readonly string[] {
  const seen = new Set([path]);
  const done = new Set<DvcStage>();
  // Grows while it is walked.
  for (const each of seen) {
    for (const stage of producers(each)) {
      if (done.has(stage)) continue;
      done.add(stage);
      for (const input of stage.inputs) seen.add(input.path);
    }
  }
  seen.delete(path);
  return [...seen];
}
