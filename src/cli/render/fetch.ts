import type { Fetched } from '../../core/ipfs/index.ts';
import { count, formatBytes } from './text.ts';

export function renderFetched({ cid, kind, files, bytes, reused }: Fetched): string {
  const what = kind === 'file' ? 'file' : `folder, ${count(files, 'file')}`;
  const kept = reused === 0 ? '' : `, ${formatBytes(reused)} of it left by an earlier fetch`;
  return `ipfs://${cid}\n${what}, ${formatBytes(bytes)}${kept}\nevery block is what the CID says; who made it is for stemma verify to tell`;
}
