import type { OmsResource, OmsStatement } from '../../attestation/index.ts';

/**
 * The resources of an OMS statement by the file that they are about; a single file is known by the empty path, whatever its listed
 * name. Holds two numbers for each, and makes what it is asked for: a statement may list hundreds of thousands.
 */
export class ResourcesByPath {
  readonly #resources: OmsStatement['resources'];
  /** The last resource of each path. */
  readonly #last = new Map<string, number>();
  /** For each resource, 1 + the one before it of the same path; 0 for the first. */
  readonly #before: Uint32Array;

  constructor(oms: OmsStatement, kind: 'folder' | 'file') {
    this.#resources = oms.resources;
    this.#before = new Uint32Array(oms.resources.length);
    let index = 0;
    for (const { name } of oms.resources) {
      const path = kind === 'file' && oms.singleFile ? '' : name;
      const last = this.#last.get(path);
      if (last !== undefined) this.#before[index] = last + 1;
      this.#last.set(path, index++);
    }
  }

  /** Those of a file, shards by offset; none where it is not listed. */
  of(path: string): readonly OmsResource[] {
    const found: OmsResource[] = [];
    const last = this.#last.get(path);
    for (let next = last === undefined ? 0 : last + 1; next > 0; next = this.#before[next - 1] as number)
      found.push(this.#resources.at(next - 1) as OmsResource);
    // Lexicographic order puts `f:16:23` before `f:8:16`.
    return found.toSorted((a, b) => (a.shard?.start ?? 0) - (b.shard?.start ?? 0));
  }

  /** Each once. */
  paths(): Iterable<string> {
    return this.#last.keys();
  }
}
