import { describe, expect, it } from 'vitest';
import type { DigestSet } from '../../../src/core/digest/index.ts';
import { findFamily, findStatements } from '../../../src/core/store/index.ts';
import { addLines, plantLines, provenanceLine, setOf, storeOf } from './support.ts';

type Direction = Parameters<typeof findFamily>[0]['direction'];

async function family(
  store: string,
  of: string | DigestSet,
  direction: Direction,
  maxDepth = 64,
): Promise<{ readonly names: string[]; readonly truncated: string | undefined; readonly damaged: number }> {
  const digests = [typeof of === 'string' ? setOf(of) : of];
  const { relatives, truncated, damaged } = await findFamily({ store, digests, direction, maxDepth });
  return { names: relatives.map(({ name, depth }) => `${depth} ${name ?? '?'}`), truncated, damaged };
}

describe('the family of a model in a store', () => {
  it('is found downwards and upwards, nearest first, by the shortest way', async () => {
    const store = await storeOf(
      await provenanceLine('child', ['base']),
      await provenanceLine('grandchild', ['child', 'base'], 'merged-from'),
      await provenanceLine('other', ['another-base']),
    );

    expect(await family(store, 'base', 'descendants')).toEqual({
      names: expect.arrayContaining(['1 child', '1 grandchild']),
      truncated: undefined,
      damaged: 0,
    });
    expect((await family(store, 'grandchild', 'ancestors')).names.toSorted()).toEqual(['1 ?', '1 child']);
    expect((await family(store, 'other', 'descendants')).names).toEqual([]);
  });

  it('says by which statement, relation and signer each was reached', async () => {
    const store = await storeOf(await provenanceLine('child', ['base'], 'quantized-from'));
    const { statements } = await findStatements({ store, name: 'child', limit: 10 });

    const { relatives } = await findFamily({
      store,
      digests: [setOf('base')],
      direction: 'descendants',
      maxDepth: 1,
    });

    expect(relatives[0]?.links).toEqual([
      {
        relation: 'quantized-from',
        child: setOf('child'),
        parent: setOf('base'),
        object: statements[0]?.object,
        signer: statements[0]?.signer,
      },
    ]);
    expect(statements[0]?.signer).toMatch(/^[0-9a-f]{64}$/);
  });

  it('follows a link that names fewer digests than the statement about the parent', async () => {
    const { stemmaFileTreeV1 = '' } = setOf('base');
    const store = await storeOf(
      await provenanceLine('base', ['root']),
      await provenanceLine('child', [{ stemmaFileTreeV1 }]),
    );

    expect((await family(store, 'root', 'descendants')).names).toEqual(['1 base', '2 child']);
    expect((await family(store, 'child', 'ancestors')).names).toEqual(['1 base', '2 ?']);
  });

  it('follows no link that agrees in one digest and differs in another', async () => {
    const { sha256 = '' } = setOf('base');
    const { stemmaFileTreeV1 = '' } = setOf('not the base');
    const store = await storeOf(await provenanceLine('child', [{ sha256, stemmaFileTreeV1 }]));

    expect((await family(store, 'base', 'descendants')).names).toEqual([]);
  });

  it('follows no name', async () => {
    const store = await storeOf(await provenanceLine('base', ['root']), await provenanceLine('child', ['x']));
    await addLines(store, await provenanceLine('base', ['elsewhere']));

    expect((await family(store, 'child', 'ancestors')).names).toEqual(['1 ?']);
  });

  it('ends in a cycle, and with a model that is its own parent', async () => {
    const store = await storeOf(
      await provenanceLine('a', ['b']),
      await provenanceLine('b', ['c']),
      await provenanceLine('c', ['a']),
      await provenanceLine('own', ['own']),
    );

    expect((await family(store, 'a', 'ancestors')).names).toEqual(['1 b', '2 c']);
    expect((await family(store, 'a', 'descendants')).names).toEqual(['1 c', '2 b']);
    expect((await family(store, 'own', 'ancestors')).names).toEqual([]);
    // All of the cycle is known within two steps: nothing is missing.
    expect(await family(store, 'a', 'descendants', 2)).toMatchObject({ truncated: undefined });
  });

  it('says where it stopped', async () => {
    const store = await storeOf(await provenanceLine('b', ['a']), await provenanceLine('c', ['b']));

    expect(await family(store, 'a', 'descendants', 1)).toEqual({
      names: ['1 b'],
      truncated: 'links are followed no further than --max-depth 1',
      damaged: 0,
    });
    expect((await family(store, 'a', 'descendants', 2)).truncated).toBeUndefined();
  });

  it('shows what two ways lead to once, with both', async () => {
    const store = await storeOf(
      await provenanceLine('left', ['base']),
      await provenanceLine('right', ['base']),
      await provenanceLine('merged', ['left', 'right'], 'merged-from'),
    );

    const { relatives } = await findFamily({
      store,
      digests: [setOf('base')],
      direction: 'descendants',
      maxDepth: 9,
    });

    expect(relatives.map(({ name }) => name)).toEqual([expect.anything(), expect.anything(), 'merged']);
    expect(relatives[2]?.links).toHaveLength(2);
  });

  it('answers for ten thousand attestations of one family, each really signed', { timeout: 60_000 }, async () => {
    // A tree: each model has four children, so that the family is seven generations deep.
    const lines = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => provenanceLine(`m${i + 1}`, [`m${Math.floor(i / 4)}`])),
    );
    const store = await storeOf();
    plantLines(store, lines);

    const below = await family(store, 'm2000', 'descendants');
    expect(below.names).toEqual(['1 m8001', '1 m8002', '1 m8003', '1 m8004'].map(() => expect.any(String)));
    expect(below.names.map((text) => text.slice(2)).toSorted()).toEqual(['m8001', 'm8002', 'm8003', 'm8004']);
    expect((await family(store, 'm10000', 'ancestors')).names.map((text) => text.slice(2))).toEqual([
      'm2499',
      'm624',
      'm155',
      'm38',
      'm9',
      'm2',
      '?',
    ]);
    expect((await family(store, 'm0', 'descendants')).names).toHaveLength(10_000);
  });
});
