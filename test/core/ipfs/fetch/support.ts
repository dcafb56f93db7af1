import { type CID } from 'multiformats/cid';
import { isStemmaError, StemmaError } from '../../../../src/core/errors/index.ts';
import type { BlockSource } from '../../../../src/core/ipfs/index.ts';
import { type Blocks, imported, type Made, noise } from '../support/blocks.ts';

export const MIB = 1024 * 1024;
export const FILES: readonly Made[] = [
  { path: 'config.json', content: Buffer.from('{}') },
  { path: 'empty', content: new Uint8Array() },
  { path: 'nested/deeper/.hidden', content: noise(10) },
  { path: 'weights.bin', content: noise(5 * MIB + 3) },
];

/** The DAG of these files as one folder. */
export async function importedFolder(): Promise<{ blocks: Blocks; root: CID }> {
  const { blocks, root } = await imported(FILES.map((file) => ({ ...file, path: `/m/${file.path}` })));
  // The importer's root is the folder above.
  const inner = await linkOf(blocks, root, 'm');
  blocks.asked = [];
  return { blocks, root: inner };
}

export async function linkOf(source: Blocks, of: CID, name: string): Promise<CID> {
  const { decode } = await import('@ipld/dag-pb');
  const link = decode(await source.get(of)).Links.find((each) => each.Name === name);
  return link === undefined ? of : link.Hash;
}

export async function failureOf(promise: Promise<unknown>): Promise<StemmaError> {
  const error: unknown = await promise.then(
    () => new Error('no error'),
    (thrown: unknown) => thrown,
  );
  if (!isStemmaError(error)) throw error;
  return error;
}

/** Gives so many blocks and then fails. */
export function failingAfter(count: number, source: BlockSource): BlockSource {
  let left = count;
  return {
    get: (cid, signal) =>
      left-- > 0 ? source.get(cid, signal) : Promise.reject(new StemmaError('REMOTE_UNAVAILABLE', 'gone')),
  };
}
