import { readFileSync } from 'node:fs';
import type { Dag } from '../../src/core/ipfs/dag.ts';
import { evidenceDag, filesDag, formatCid, modelDag } from '../../src/core/ipfs/index.ts';
import type { HeldBlocks } from '../support/gateway.ts';

/** Blocks by the text of their CIDs, as a gateway holds them. */
export class Held {
  readonly #blocks = new Map<string, Uint8Array>();

  /** @returns the CID of the root */
  async add(dag: Dag): Promise<string> {
    for await (const { cid, bytes } of dag.blocks()) this.#blocks.set(formatCid(cid), Uint8Array.from(bytes));
    return formatCid(dag.root);
  }

  /** The evidence about a model, as pin has it. */
  async addEvidence(model: string): Promise<string> {
    const dag = await evidenceDag(model);
    if (dag === undefined) throw new Error(`${model} has no evidence`);
    return this.add(dag);
  }

  /** The release: model and side files. */
  async addRelease(model: string): Promise<string> {
    return this.add(await modelDag(model, { release: true, ignored: [], allowSymlinks: false }));
  }

  /** A folder with these files. */
  async addFiles(files: Readonly<Record<string, string>>): Promise<string> {
    return this.add(
      await filesDag(Object.entries(files).map(([path, file]) => ({ path, source: readFileSync(file) }))),
    );
  }

  readonly get: HeldBlocks = (cid) => this.#blocks.get(cid);
}
