/**
 * The one error type of the library. A failed verification is data (a check in a report), never an error;
 * a StemmaError means that an operation could not decide or could not be carried out.
 */

/** What kind of trouble a code means; the command line derives its exit code from it (docs/exit-codes.md). */
export type ErrorClass = 'contradiction' | 'usage' | 'incomplete' | 'malformed' | 'unavailable' | 'interrupted';

/** Every error code and its class. Codes are part of the `--json` interface: add freely, never reuse or rename. */
export const ERROR_CLASSES = {
  // usage: the caller can mend it by calling differently
  USAGE: 'usage',
  PATH_NOT_FOUND: 'usage',
  TRUST_ROOT_MISSING: 'usage',
  KEY_TYPE_REFUSED: 'usage',
  PASSPHRASE_MISSING: 'usage',
  WOULD_OVERWRITE: 'usage',
  TOOL_MISSING: 'usage',
  SECRET_REUSED: 'usage',
  POLICY_INVALID: 'usage',
  POLICY_UNTRUSTED: 'usage',
  RECIPIENT_OTHER: 'usage',
  // contradiction: what was said is not what the evidence says
  INPUT_CHANGED: 'contradiction',
  LOG_REWRITTEN: 'contradiction',
  METRIC_NOT_HELD: 'contradiction',
  NOT_COMMITTED: 'contradiction',
  BLOCK_MISMATCH: 'contradiction',
  // malformed: the bytes given are not what they should be
  JSON_INVALID: 'malformed',
  ENCODING_INVALID: 'malformed',
  TOO_LARGE: 'malformed',
  PATH_INVALID: 'malformed',
  DIGEST_SET_INVALID: 'malformed',
  KEY_INVALID: 'malformed',
  SECRET_INVALID: 'malformed',
  PASSPHRASE_WRONG: 'malformed',
  CERTIFICATE_INVALID: 'malformed',
  TRUSTED_ROOT_INVALID: 'malformed',
  ENVELOPE_INVALID: 'malformed',
  BUNDLE_INVALID: 'malformed',
  STATEMENT_INVALID: 'malformed',
  PREDICATE_INVALID: 'malformed',
  OMS_INVALID: 'malformed',
  MANIFEST_INVALID: 'malformed',
  PROOF_INVALID: 'malformed',
  LOG_INVALID: 'malformed',
  PREDICTIONS_INVALID: 'malformed',
  CHECKPOINT_INVALID: 'malformed',
  STORE_INVALID: 'malformed',
  CID_INVALID: 'malformed',
  CAR_INVALID: 'malformed',
  UNIXFS_INVALID: 'malformed',
  CARD_INVALID: 'malformed',
  DVC_LOCK_INVALID: 'malformed',
  MODEL_EMPTY: 'malformed',
  MODEL_UNSUPPORTED: 'malformed',
  SYMLINK_REFUSED: 'malformed',
  LFS_POINTER: 'malformed',
  SAFETENSORS_INVALID: 'malformed',
  SAFETENSORS_INDEX_INVALID: 'malformed',
  GGUF_INVALID: 'malformed',
  CIPHERTEXT_INVALID: 'malformed',
  PACK_INVALID: 'malformed',
  // unavailable: the file system or a remote kept us from deciding; retrying may help
  FILE_UNREADABLE: 'unavailable',
  FILE_CHANGED: 'unavailable',
  NOT_A_REGULAR_FILE: 'unavailable',
  WRITE_FAILED: 'unavailable',
  LOCK_TIMEOUT: 'unavailable',
  BACKEND_UNAVAILABLE: 'unavailable',
  REMOTE_UNAVAILABLE: 'unavailable',
  REMOTE_ANSWER_INVALID: 'unavailable',
  EVIDENCE_MISSING: 'incomplete',
  BLOCK_MISSING: 'incomplete',
  LIMIT_EXCEEDED: 'incomplete',
  OUTPUT_MISSING: 'incomplete',
  INTERRUPTED: 'interrupted',
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof ERROR_CLASSES;

export interface StemmaErrorOptions {
  /** One action that the user can take. */
  readonly hint?: string;
  /** Machine-readable facts: offsets, paths relative to the model, JSON pointers. Never secrets, never absolute paths. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * A coded error. Messages are lower-case, have no final period, and say what was expected and what was found.
 * They may contain untrusted text: whoever prints one escapes it (see `escapeText`).
 */
export class StemmaError extends Error {
  override readonly name = 'StemmaError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: StemmaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  get errorClass(): ErrorClass {
    return ERROR_CLASSES[this.code];
  }
}

export function isStemmaError(error: unknown): error is StemmaError {
  return error instanceof StemmaError;
}

/** Throws `INTERRUPTED` once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new StemmaError('INTERRUPTED', 'interrupted');
}
