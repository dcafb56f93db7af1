import { posix } from 'node:path';
import { quote } from '../bytes/index.ts';
import type { ModelFile, ModelPlan } from '../model/index.ts';

/** A tensor of a model on disk. */
export interface Weight {
  /** Untrusted text. */
  readonly name: string;
  readonly dtype: string;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /** First byte in the file, and bytes of data. */
  readonly offset: number;
  readonly length: number;
  readonly file: ModelFile;
}

/** The tensors of a model on disk. */
export interface Weights {
  /** Of the model, for people; untrusted text. */
  readonly name: string;
  /** By name; with several tensor sets, as the parts of a pipeline have them, by folder and name. */
  readonly tensors: ReadonlyMap<string, Weight>;
  /** The configuration of a LoRA adapter at the top of the folder. */
  readonly adapterConfig: ModelFile | undefined;
  /** A file that a loader may take weights from, in a format that is not read here: they are compared with nothing. */
  readonly unread: string | undefined;
  /** Why its tensors cannot be told apart or read; then there are none. */
  readonly problem: string | undefined;
}

const WEIGHT_FILES = /\.(?:safetensors|gguf|bin|pt|pth|ckpt|pkl|pickle|onnx|h5|keras|npy|npz|msgpack|tflite)$/i;
/** What trainers leave beside the weights, and no loader takes for them. */
const STATE_FILES = /(?:^|\/)(?:training_args|optimizer|scheduler|rng_state)[^/]*$/i;

/** Whether a loader may take weights from a file with this name. */
export const mayHoldWeights = (file: string): boolean => WEIGHT_FILES.test(file) && !STATE_FILES.test(file);

/** Finds the tensors in a plan whose headers have been read. */
export function weightsOf(plan: ModelPlan): Weights {
  const tensors = new Map<string, Weight>();
  const [broken] = plan.problems;
  let problem =
    broken === undefined
      ? undefined
      : `${quote(broken.path === '' ? plan.name : broken.path)}: ${broken.error.message}`;
  const several = plan.tensorSets.length > 1;
  for (const { path, tensors: refs } of plan.tensorSets) {
    for (const { tensor, file } of refs) {
      const key = several ? posix.join(posix.dirname(path), tensor.name) : tensor.name;
      if (tensors.has(key)) problem ??= `${quote(plan.name)} has ${quote(key, 80)} in two tensor sets of one folder`;
      const { name, dtype, shape, parameters, offset, length } = tensor;
      tensors.set(key, {
        name,
        dtype,
        shape,
        parameters,
        offset,
        length,
        file: plan.files.at(file)?.file as ModelFile,
      });
    }
  }
  if (tensors.size === 0) problem ??= `${quote(plan.name)} has no tensors in safetensors or GGUF files`;
  let unread: string | undefined;
  let adapterConfig: ModelFile | undefined;
  for (const { file, container } of plan.files) {
    if (container === undefined && mayHoldWeights(file.path)) unread ??= file.path;
    if (file.path === 'adapter_config.json') adapterConfig = file;
  }
  return {
    name: plan.name,
    tensors: problem === undefined ? tensors : new Map(),
    adapterConfig,
    unread,
    problem,
  };
}
