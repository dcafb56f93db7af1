import type { ModelCid } from '../../core/ipfs/index.ts';
import { count, formatBytes, type Look } from './text.ts';

/** The CID alone, for scripts; with `--verbose` what it stands for. */
export function renderCid({ cid, kind, release, profile, blocks, bytes }: ModelCid, look: Look): string {
  if (!look.verbose) return cid;
  const what = release ? 'release' : kind;
  return [cid, `${what}, ${count(blocks, 'block')}, ${formatBytes(bytes)}, ${profile}`].join('\n');
}
