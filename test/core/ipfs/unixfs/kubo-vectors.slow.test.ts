/** Kubo's fixtures of 1 GiB: 1,024 leaves, and a byte more, which takes another level. */
import { expect, it } from 'vitest';
import { formatCid } from '../../../../src/core/ipfs/index.ts';
import { cidOf, keystream, rootOfLeaves } from '../support.ts';

it.each([
  [2 ** 30, 'bafybeihmf37wcuvtx4hpu7he5zl5qaf2ineo2lqlfrapokkm5zzw7zyhvm'],
  [2 ** 30 + 1, 'bafybeibdsi225ugbkmpbdohnxioyab6jsqrmkts3twhpvfnzp77xtzpyhe'],
  [1025 * 2 ** 20, 'bafybeihmzokxxjqwxjcryerhp5ezpcog2wcawfryb2xm64xiakgm4a5jue'],
])('a file of %i bytes has the CID that Kubo gives it', (size, cid) => {
  expect(formatCid(cidOf(rootOfLeaves(size, keystream('v1-2025-seed', size))))).toBe(cid);
});
