import { base64Encode, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { decodeStandardBase64, isKeyName } from './note.ts';

/** What a log's signer commits to: so many records, under this root (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** The log's name, which is the name of its key as well. */
  readonly origin: string;
  /** The tree size: records from the first one on. */
  readonly size: bigint;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

const ROOT_BYTES = 32;
/** Decimal, as a number is written: no sign, no leading zero. */
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** The text of a checkpoint, which is what gets signed. @throws RangeError for what `parseCheckpoint` would refuse */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin) || size < 0n || size > MAX_U64 || root.length !== ROOT_BYTES) {
    throw new RangeError(`not a checkpoint: ${quote(origin)}, ${size}, ${root.length} bytes`);
  }
  return `${origin}\n${size}\n${base64Encode(root)}\n`;
}

/**
 * Reads the text of a signed note as a checkpoint: origin, size, root, and extension lines, which are passed over as the
 * specification says, but must not be empty.
 *
 * @throws StemmaError CHECKPOINT_INVALID
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  // The text ends with a newline, so that an empty string comes last.
  if (rest.length === 0 || rest.pop() !== '') throw bad('expected an origin, a size and a root, each on its line');
  if (!isKeyName(origin)) throw bad(`expected an origin without spaces and "+", found ${quote(origin, 60)}`);
  if (rest.includes('')) throw bad('expected no empty line after the root');
  return { origin, size: parseSize(size), root: parseRoot(root) };
}

/** @throws StemmaError CHECKPOINT_INVALID */
export function parseSize(text: string): bigint {
  const size = DECIMAL.test(text) ? BigInt(text) : MAX_U64 + 1n;
  if (size > MAX_U64) throw bad(`expected a size such as 1200, below 2^64, found ${quote(text, 40)}`);
  return size;
}

/** @throws StemmaError CHECKPOINT_INVALID */
export function parseRoot(text: string): Uint8Array {
  const root = decodeStandardBase64(text, 'a hash');
  if (root.length !== ROOT_BYTES) throw bad(`expected a hash of ${ROOT_BYTES} bytes, found ${root.length}`);
  return root;
}

function bad(why: string): StemmaError {
  return new StemmaError('CHECKPOINT_INVALID', `the checkpoint is malformed: ${why}`);
}
