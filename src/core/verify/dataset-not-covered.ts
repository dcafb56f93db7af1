import { type LeftOut, SIDE_FILES } from '../model/index.ts';
import type { AuthenticatedStatement } from './checks/authenticate.ts';
import type { Report } from './report.ts';

const REASONS: Readonly<Record<Exclude<LeftOut['because'], 'side file'>, string>> = {
  ignored: 'left out by the matched statement',
  git: 'Git bookkeeping, part of no dataset',
  'hugging face cache': 'Hugging Face bookkeeping, part of no dataset',
  bundle: 'evidence',
};

/**
 * What lies in a dataset's folder and no statement covers. Whoever loads every `*.jsonl` of it also loads the side files: one that
 * is not vouched for is named.
 */
export function notCoveredByDataset(
  leftOut: readonly LeftOut[],
  judged: readonly AuthenticatedStatement[],
): Report['notCovered'] {
  return leftOut.flatMap(({ path, because }) => {
    const reason = because === 'side file' ? sideFileReason(path, judged) : REASONS[because];
    return reason === undefined ? [] : [{ path, because: reason }];
  });
}

/** Undefined for a side file that holds signed evidence alone. */
function sideFileReason(path: string, judged: readonly AuthenticatedStatement[]): string | undefined {
  if (path === SIDE_FILES.manifest) return 'a manifest, which no dataset has';
  const here = judged.filter(({ origin, inModel }) => origin === 'model' && inModel === path);
  if (path === SIDE_FILES.signature)
    return here.some(({ trust }) => trust === 'trusted') ? undefined : 'a signature of nobody who is trusted';
  const unusable = here.filter(({ trust }) => trust === 'malformed' || trust === 'named').length;
  return unusable === 0 ? undefined : `${unusable} line${unusable === 1 ? ' is' : 's are'} not signed evidence`;
}
