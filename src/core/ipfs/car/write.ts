import { joinBytes } from '../../bytes/index.ts';
import { Meter } from '../../digest/index.ts';
import { writeFileAtomic } from '../../evidence/index.ts';
import type { AbortOptions, ProgressOptions } from '../../progress/index.ts';
import type { Dag } from '../dag.ts';
import { frameHead, HEADER_FRAME_BYTES, headerFrame } from './frames.ts';

/** Bytes of the CARv1 of a DAG: one header that names its root, then its blocks. */
export function carLength(dag: Dag): number {
  return HEADER_FRAME_BYTES + dag.frameBytes;
}

/**
 * The CARv1 of a DAG in pieces, equal for equal DAGs.
 *
 * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, NOT_A_REGULAR_FILE, INTERRUPTED
 */
export async function* carBytes(dag: Dag, signal?: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
  yield headerFrame(dag.root);
  for await (const { cid, bytes } of dag.blocks(signal)) {
    yield frameHead(cid, bytes.length);
    yield bytes;
  }
}

/** Pieces below this are written together: a folder of a million tiny files would be two million writes. */
const SMALL_BYTES = 64 * 1024;
const WRITE_BYTES = 1024 * 1024;

/**
 * Writes the CAR of a DAG: under a temporary name, synced, then renamed.
 *
 * @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED, and as `carBytes`, with nothing left behind
 */
export async function writeCar(path: string, dag: Dag, options: AbortOptions & ProgressOptions = {}): Promise<void> {
  let done = 0;
  const meter = new Meter({ ...options, phase: 'writing CAR' }, carLength(dag), () => done);
  async function* counted(): AsyncGenerator<Uint8Array, undefined> {
    for await (const bytes of gathered(carBytes(dag, options.signal))) {
      yield bytes;
      done += bytes.length;
    }
  }
  try {
    await writeFileAtomic(path, counted());
  } finally {
    meter.stop();
  }
}

/** The same bytes: small pieces put together, big ones as they are. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    const isBig = piece.length >= SMALL_BYTES;
    if (!isBig) {
      waiting.push(piece);
      bytes += piece.length;
    }
    if (isBig || bytes >= WRITE_BYTES) {
      yield joinBytes(waiting);
      waiting = [];
      bytes = 0;
    }
    if (isBig) yield piece;
  }
  yield joinBytes(waiting);
}
