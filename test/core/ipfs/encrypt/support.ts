import { expect } from 'vitest';
import { concatBytes } from '../../../../src/core/bytes/index.ts';
import { isStemmaError, type StemmaError } from '../../../../src/core/errors/index.ts';

export async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Uint8Array.from(piece));
  return concatBytes(...all);
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a promise fails with; anything but a StemmaError fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<StemmaError> {
  try {
    await promise;
  } catch (error) {
    if (isStemmaError(error)) return error;
    throw error;
  }
  return expect.fail('expected an error');
}

export const codeOf = async (promise: Promise<unknown>): Promise<string> => (await failureOf(promise)).code;
