import { describe, expect, it } from 'vitest';
import type { OmsStatement } from '../../../src/core/attestation/index.ts';
import { OmsResources } from '../../../src/core/attestation/oms-resources.ts';
import { ResourcesByPath } from '../../../src/core/verify/checks/resources-by-path.ts';

function statement(names: readonly string[], shards: readonly number[] = [], singleFile = false): OmsStatement {
  const digests = Uint8Array.from({ length: 32 * names.length }, (_, i) => Math.floor(i / 32));
  return {
    subjectName: 'm',
    recordedRoot: '',
    resources: new OmsResources(names, 'sha256', digests, Float64Array.from(shards)),
    method: shards.length > 0 ? 'shards' : 'files',
    allowSymlinks: false,
    ignorePaths: [],
    singleFile,
    notes: [],
  };
}

/** The number of the resource, which stands in each byte of its digest here. */
const numbers = (listed: ResourcesByPath, path: string): (number | undefined)[] =>
  listed.of(path).map(({ digest }) => digest[31]);

describe('the resources of a statement by path', () => {
  it('are the one of a file, and none of a file that is not listed', () => {
    const listed = new ResourcesByPath(statement(['b', 'a', 'constructor']), 'folder');
    expect(['a', 'b', 'constructor', 'c', ''].map((path) => numbers(listed, path))).toEqual([[1], [0], [2], [], []]);
    expect([...listed.paths()]).toEqual(['b', 'a', 'constructor']);
  });

  it('are the shards of a file by offset, in whatever order and between whichever others they are listed', () => {
    const listed = new ResourcesByPath(
      statement(['f', 'g', 'f', 'f', 'g'], [16, 23, 8, 9, 8, 16, 0, 8, 0, 8]),
      'folder',
    );
    expect([numbers(listed, 'f'), numbers(listed, 'g')]).toEqual([
      [3, 2, 0],
      [4, 1],
    ]);
    expect([...listed.paths()]).toEqual(['f', 'g']);
  });

  it('are of the empty path where the statement and the model are of a single file, and only there', () => {
    const single = statement(['.'], [], true);
    expect(numbers(new ResourcesByPath(single, 'file'), '')).toEqual([0]);
    expect(numbers(new ResourcesByPath(single, 'file'), '.')).toEqual([]);
    expect(numbers(new ResourcesByPath(single, 'folder'), '.')).toEqual([0]);
    expect(numbers(new ResourcesByPath(statement(['.']), 'file'), '')).toEqual([]);
  });
});
