import path from 'node:path';
import { locateModel, type NamedPaths } from '../model/index.ts';
import { formatCid } from './cid.ts';
import { type ModelDagOptions, modelDag } from './model-dag.ts';

export type ModelCidOptions = Omit<ModelDagOptions, 'ignored'> & NamedPaths;

/** What a model will be on IPFS. */
export interface ModelCid {
  /** Base name of the model. */
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** Of the folder with the side files; of a single file, of a folder of it and of them. */
  readonly release: boolean;
  readonly cid: string;
  /** How the bytes are cut and linked (IPIP-499). */
  readonly profile: 'unixfs-v1-2025';
  readonly blocks: number;
  /** Of the blocks together, each counted once. */
  readonly bytes: number;
}

/**
 * The CID of a model, without any node.
 *
 * @throws StemmaError as `locateModel` and `modelDag`
 */
export async function modelCid(given: string, options: ModelCidOptions): Promise<ModelCid> {
  const { root, kind, ignored } = await locateModel(given, options);
  const { root: cid, blockCount, blockBytes } = await modelDag(root, { ...options, ignored });
  return {
    name: path.basename(root),
    kind,
    release: options.release,
    cid: formatCid(cid),
    profile: 'unixfs-v1-2025',
    blocks: blockCount,
    bytes: blockBytes,
  };
}
