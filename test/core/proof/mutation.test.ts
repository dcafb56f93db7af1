import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/digest/index.ts';
import { fileLeaf, tensorLeaf } from '../../../src/core/model/index.ts';
import { checkProof } from '../../../src/core/proof/check-proof.ts';
import type { CheckedProof } from '../../../src/core/proof/index.ts';
import { checkedProof } from '../../../src/core/proof/report.ts';
import { authenticator } from '../../../src/core/verify/index.ts';
import { NOW, trustKey } from '../verify/support.ts';
import { fourRecords, lineOf, text } from './support.ts';

const context = {
  authenticate: authenticator({ trust: [trustKey('p256')], at: NOW }),
  sha256,
  leaves: { fileLeaf, tensorLeaf },
};
const judge = async (line: Uint8Array): Promise<CheckedProof> =>
  checkedProof(1, await checkProof(line, { source: 'x' }, context));

/** Everything that a reader is told, but for the text of the hint, which nobody authenticates. */
const meaning = ({ kind, index, leaf, tree, proven, notProven, statement }: CheckedProof): string =>
  JSON.stringify([
    kind,
    index,
    leaf,
    tree,
    proven,
    notProven,
    statement?.subject,
    statement?.digests,
    statement?.trustedAs,
  ]);

test('no change of one byte gives a proof that holds and says something else', async () => {
  const [, proof] = (await fourRecords()).proofs;
  const line = text(lineOf(proof ?? {}).trimEnd());
  const honest = meaning(await judge(line));
  const passed: number[] = [];
  for (let at = 0; at < line.length; at++) {
    for (const flip of [0x01, 0x20, 0x80]) {
      const mutated = line.slice();
      mutated[at] = (mutated[at] as number) ^ flip;
      const report = await judge(mutated);
      if (report.result !== 'pass') continue;
      passed.push(at);
      expect([at, meaning(report)]).toEqual([at, honest]);
    }
  }

  // Only what no signature covers can change: hint, key id and the like of the bundle, all inside the statement.
  const start = new TextDecoder().decode(line).indexOf('"statement":"');
  expect(passed.every((at) => at > start)).toBe(true);
  expect(passed.length).toBeLessThan(200);
}, 60_000);

test('no proof holds after a byte was removed, or put in twice', async () => {
  const [, proof] = (await fourRecords()).proofs;
  const line = text(lineOf(proof ?? {}).trimEnd());
  const honest = meaning(await judge(line));
  for (let at = 0; at < line.length; at += 3) {
    const shorter = Buffer.concat([line.subarray(0, at), line.subarray(at + 1)]);
    const longer = Buffer.concat([line.subarray(0, at + 1), line.subarray(at)]);
    for (const mutated of [shorter, longer]) {
      const report = await judge(mutated);
      if (report.result === 'pass') expect(meaning(report)).toBe(honest);
    }
  }
}, 60_000);
