import {
  type DatasetTrees,
  digestDataset,
  digestSalted,
  listDataset,
  type SaltedTrees,
} from '../../../src/core/dataset/index.ts';

import { isStemmaError, type StemmaError } from '../../../src/core/errors/index.ts';

export const SECRET = Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + 1) % 256);

export async function plainTrees(dataset: string, ignored: readonly string[] = []): Promise<DatasetTrees> {
  const { set } = await listDataset(dataset, { ignored });
  return digestDataset(set, { records: true });
}

export async function saltedTrees(dataset: string, secret = SECRET): Promise<SaltedTrees> {
  const { set } = await listDataset(dataset, { ignored: [] });
  return digestSalted(set, { secret });
}

/** What a call fails with; one that succeeds, or throws anything but a StemmaError, fails the test. */
export async function errorOf(call: Promise<unknown>): Promise<StemmaError> {
  try {
    await call;
  } catch (error) {
    if (isStemmaError(error)) return error;
    throw error;
  }
  throw new Error('expected an error');
}
