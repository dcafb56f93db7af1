/** Environment variables as the caller hands them over. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that bear on what a training run computes: devices, threads, seeds, and the switches of determinism. Closed, because
 * an environment is full of secrets.
 */
const RECORDED: readonly string[] = [
  'ACCELERATE_MIXED_PRECISION',
  'CUBLAS_WORKSPACE_CONFIG',
  'CUDA_DEVICE_ORDER',
  'CUDA_LAUNCH_BLOCKING',
  'CUDA_VISIBLE_DEVICES',
  'FLAGS_cudnn_deterministic',
  'HF_HUB_OFFLINE',
  'HIP_VISIBLE_DEVICES',
  'JAX_DEFAULT_MATMUL_PRECISION',
  'JAX_ENABLE_X64',
  'JAX_PLATFORMS',
  'KMP_DETERMINISTIC_REDUCTION',
  'LOCAL_RANK',
  'MKL_CBWR',
  'MKL_NUM_THREADS',
  'NCCL_ALGO',
  'NCCL_PROTO',
  'NUMEXPR_NUM_THREADS',
  'NVIDIA_TF32_OVERRIDE',
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'PYTHONHASHSEED',
  'PYTORCH_CUDA_ALLOC_CONF',
  'RANK',
  'ROCR_VISIBLE_DEVICES',
  'SOURCE_DATE_EPOCH',
  'TF_CUDNN_DETERMINISTIC',
  'TF_DETERMINISTIC_OPS',
  'TF_ENABLE_ONEDNN_OPTS',
  'TOKENIZERS_PARALLELISM',
  'TORCH_ALLOW_TF32_CUBLAS_OVERRIDE',
  'TRANSFORMERS_OFFLINE',
  'WORLD_SIZE',
  'XLA_FLAGS',
];

/** What of an environment may be recorded; values are as they are, and whoever records them looks for secrets in them. */
export function recordedEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    RECORDED.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * The environment of the child: ours without anything of ours. Every `STEMMA_*` variable goes, because keys and passphrases
 * are among them, and what configures one `stemma` is not meant for another.
 *
 * @param terminal whether what the child writes ends on a terminal, which it cannot see for itself; it is told with
 *   `FORCE_COLOR`, unless `NO_COLOR` is set
 */
export function childEnvironment(env: Environment, terminal: boolean): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^STEMMA_/i.test(entry[0]),
  );
  const child = Object.fromEntries(kept);
  const isSet = (name: string): boolean => (child[name] ?? '') !== '';
  if (terminal && !isSet('NO_COLOR') && child['FORCE_COLOR'] === undefined) child['FORCE_COLOR'] = '1';
  return child;
}
