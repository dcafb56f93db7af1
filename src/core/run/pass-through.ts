import type { Readable, Writable } from 'node:stream';
import { StemmaError } from '../errors/index.ts';

/**
 * Hands every chunk of a stream first to `take` and then, byte for byte, to a sink; the stream waits for the sink. A sink whose
 * reader has gone away is written to no longer, and the stream is read to its end all the same: a training run does not end with
 * the terminal that shows it.
 *
 * @returns whether all of it was read: false where the stream was destroyed before its end
 * @throws StemmaError FILE_UNREADABLE where it cannot be read on, and whatever `take` throws
 */
export async function passThrough(from: Readable, to: Writable, take: (chunk: Uint8Array) => void): Promise<boolean> {
  // Every failed write says so to its callback; unheard, the event would end the process.
  const hear = (): void => undefined;
  to.on('error', hear);
  let open = true;
  try {
    for await (const chunk of from as AsyncIterable<Uint8Array>) {
      take(chunk);
      if (open) open = await written(to, chunk);
    }
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'ERR_STREAM_PREMATURE_CLOSE') return false;
    if (code === undefined || error instanceof StemmaError) throw error;
    throw new StemmaError('FILE_UNREADABLE', `what the command prints cannot be read (${code})`, { cause: error });
  } finally {
    to.off('error', hear);
  }
}

function written(to: Writable, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    to.write(chunk, (error) => resolve(error === null || error === undefined));
  });
}
