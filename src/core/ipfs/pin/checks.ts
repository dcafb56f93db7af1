import type { CID } from 'multiformats/cid';
import { isStemmaError, type StemmaError } from '../../errors/index.ts';
import { formatCid } from '../cid.ts';
import type { Dag } from '../dag.ts';
import { said } from './remote.ts';
import type { PinCheck, PinCheckId } from './report.ts';
import { reread } from './reread.ts';
import type { Holder, PinTarget } from './target.ts';

/** The target named one root as the result, and it is ours. */
export function rootCheck(roots: readonly string[], root: CID): PinCheck {
  const [found] = roots;
  return roots.length === 1 && found === formatCid(root)
    ? { id: 'pin.root', outcome: 'pass', message: 'it took the root that was computed here' }
    : {
        id: 'pin.root',
        outcome: 'fail',
        message: roots.length === 0 ? 'it named no root' : `it took another root: ${said(roots.join(', '))}`,
      };
}

/** @param promised whether the target has just said that it is there */
export function listedCheck(holders: readonly Holder[], { promised }: { readonly promised: boolean }): PinCheck {
  const id = 'pin.listed';
  const count = holders.filter(({ state }) => state === 'pinned').length;
  if (count > 0) return { id, outcome: 'pass', message: `pinned by ${count === 1 ? '1 holder' : `${count} holders`}` };
  const words = holders.map(({ peer, detail }) => said(`${peer}: ${detail ?? ''}`));
  if (holders.length > 0) return { id, outcome: 'missing', message: `not pinned yet: ${words.slice(0, 4).join('; ')}` };
  return promised
    ? { id, outcome: 'fail', message: 'it said that it was done, and does not list the pin' }
    : { id, outcome: 'missing', message: 'it does not list the pin' };
}

/** The target counts as many blocks and bytes as were computed here. */
export async function sizeCheck(
  target: PinTarget,
  root: CID,
  dag: Dag | undefined,
  signal: AbortSignal | undefined,
): Promise<PinCheck> {
  const { size } = target;
  if (size === undefined) return { id: 'pin.size', outcome: 'skip', message: 'it does not count blocks' };
  return guarded('pin.size', async () => {
    const found = await size(root, signal);
    const says = `${found.blocks} blocks with ${found.bytes} bytes`;
    if (dag === undefined) return { id: 'pin.size', outcome: 'skip', message: `it counts ${says}; nothing to compare` };
    const isEqual = found.blocks === dag.blockCount && found.bytes === dag.blockBytes;
    return isEqual
      ? { id: 'pin.size', outcome: 'pass', message: says }
      : {
          id: 'pin.size',
          outcome: 'fail',
          message: `it counts ${says}; there are ${dag.blockCount} with ${dag.blockBytes}`,
        };
  });
}

/** Blocks that the target gives back hash to their CIDs, from the root down. */
export async function contentCheck(
  target: PinTarget,
  root: CID,
  { random, signal }: { readonly random: () => number; readonly signal?: AbortSignal | undefined },
): Promise<PinCheck> {
  const { open } = target;
  if (open === undefined) {
    return { id: 'pin.content', outcome: 'skip', message: 'it gives no blocks back: that it holds them is its word' };
  }
  return guarded('pin.content', async () => {
    const source = await open(root, signal);
    try {
      const { blocks, read, bytes } = await reread(source, root, { random, signal });
      const what = read === blocks ? `all ${blocks} blocks` : `${read} of ${blocks} blocks, leaves by chance`;
      return { id: 'pin.content', outcome: 'pass', message: `${what} read back and hashed, ${bytes} bytes` };
    } finally {
      await source.close();
    }
  });
}

/** Codes that contradict a pin; whatever else is thrown leaves it undecided. */
const CONTRADICTS: ReadonlySet<string> = new Set<StemmaError['code']>([
  'BLOCK_MISSING',
  'BLOCK_MISMATCH',
  'TOO_LARGE',
  'CID_INVALID',
  'CAR_INVALID',
]);

async function guarded(id: PinCheckId, check: () => Promise<PinCheck>): Promise<PinCheck> {
  try {
    return await check();
  } catch (error) {
    return failedCheck(id, error);
  }
}

/** What went wrong as a check. @throws what is no StemmaError, and INTERRUPTED */
export function failedCheck(id: PinCheckId, error: unknown): PinCheck {
  if (!isStemmaError(error) || error.errorClass === 'interrupted' || error.errorClass === 'usage') throw error;
  return {
    id,
    outcome: CONTRADICTS.has(error.code) ? 'fail' : 'error',
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}
