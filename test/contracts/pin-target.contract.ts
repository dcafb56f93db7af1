import { describe, expect, test } from 'vitest';
import { type Dag, filesDag, formatCid, type PinTarget, parseCid } from '../../src/core/ipfs/index.ts';

/** How a contract case makes targets. */
export interface PinTargetCase {
  readonly name: string;
  /** A target that works, the same storage at every call. */
  readonly target: () => Promise<PinTarget>;
  /** One that nobody answers for. Undefined where there is nobody to answer. */
  readonly unreachable?: () => Promise<PinTarget>;
  /** Whether it gives up what it holds when asked. */
  readonly canRemove: boolean;
  /** Whether the fake behind it moves blocks by itself. */
  readonly holdsBlocks: boolean;
}

const NOWHERE = parseCid('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');

export const smallDag = (text = 'evidence'): Promise<Dag> =>
  filesDag([
    { path: 'model.attestations.jsonl', source: Buffer.from(`${text}\n`) },
    { path: 'model.manifest.jsonl', source: Buffer.alloc(1_500_000, text) },
  ]);

/** What every PinTarget promises, wherever the blocks go. */
export function pinTargetContract({ name, target, unreachable, canRemove, holdsBlocks }: PinTargetCase): void {
  describe(`the pin target contract: ${name}`, () => {
    test('takes a DAG and says which root it took', async () => {
      const [dag, pin] = [await smallDag(), await target()];

      expect(await pin.put(dag, {})).toEqual([formatCid(dag.root)]);
      expect((await pin.holders(dag.root)).map(({ state }) => state)).toContain('pinned');
    });

    test('takes the same DAG again', async () => {
      const [dag, pin] = [await smallDag(), await target()];
      await pin.put(dag, {});

      expect(await pin.put(dag, { name: 'again' })).toEqual([formatCid(dag.root)]);
      expect((await pin.holders(dag.root)).filter(({ state }) => state === 'pinned')).not.toEqual([]);
    });

    test('nobody holds what was never put there', async () => {
      expect(await (await target()).holders(NOWHERE)).toEqual([]);
    });

    test.runIf(holdsBlocks)('gives back blocks that hash to their CIDs, and says which it has not', async () => {
      const [dag, pin] = [await smallDag(), await target()];
      await pin.put(dag, {});
      const source = await pin.open?.(dag.root);
      if (source === undefined) throw new Error('no blocks');

      for await (const { cid, bytes } of dag.blocks()) {
        expect(Buffer.from(await source.get(cid)).equals(bytes)).toBe(true);
      }
      await expect(source.get(NOWHERE)).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
      await source.close();
    });

    test.runIf(holdsBlocks && canRemove)('counts what was put there', async () => {
      const [dag, pin] = [await smallDag(), await target()];
      await pin.put(dag, {});

      expect(await pin.size?.(dag.root)).toEqual({ blocks: dag.blockCount, bytes: dag.blockBytes });
      await expect(pin.size?.(NOWHERE)).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
    });

    test.runIf(canRemove)('keeps it no longer when told so, and says whether it did', async () => {
      const [dag, pin] = [await smallDag(), await target()];
      await pin.put(dag, {});

      expect(await pin.remove(dag.root)).toBe(true);
      expect(await pin.holders(dag.root)).toEqual([]);
      expect(await pin.remove(dag.root)).toBe(false);
    });

    test('an interrupted call ends at once', async () => {
      const [dag, pin] = [await smallDag('other'), await target()];
      const signal = AbortSignal.abort();

      await expect(pin.put(dag, { signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
      expect(await pin.holders(dag.root)).toEqual([]);
    });

    test.runIf(unreachable !== undefined)('says when nobody answers', async () => {
      const pin = await unreachable?.();
      if (pin === undefined) throw new Error('no target');

      for (const call of [pin.put(await smallDag(), {}), pin.holders(NOWHERE), pin.remove(NOWHERE)]) {
        await expect(call).rejects.toMatchObject({ code: 'REMOTE_UNAVAILABLE' });
      }
    });

    test('its label tells no secret and no folder of this machine', async () => {
      expect((await target()).label).not.toMatch(/secret|\/tmp|\/home|\/root/);
    });
  });
}
