import type { StemmaError } from '../../errors/index.ts';
import type { EvidenceFetch } from '../online-evidence.ts';
import type { Check } from '../report.ts';

/** What came of each question for evidence about an ancestor; the links to ancestors are what a verdict rests on. */
export function fetchChecks(fetches: readonly EvidenceFetch[]): Check[] {
  return fetches.map(({ uri, bundles, error }) => ({
    id: 'collect.ancestor',
    step: 'collect',
    title: `fetching ${uri}`,
    required: false,
    ...(error === undefined
      ? { outcome: 'pass', message: `${bundles} bundle${bundles === 1 ? '' : 's'} of evidence about an ancestor` }
      : { ...outcomeOf(error), message: error.message }),
  }));
}

/**
 * What a failed fetch makes of evidence that a link needs: a source that has no such block leaves it missing; one that fails, or gives
 * other bytes, kept us from deciding; and what a CID itself holds may be malformed (design §5).
 */
export function outcomeOf({ code, errorClass }: StemmaError): Pick<Check, 'outcome' | 'errorClass'> {
  if (errorClass === 'incomplete') return { outcome: 'missing' };
  const isRemote = errorClass === 'unavailable' || code === 'BLOCK_MISMATCH';
  return { outcome: 'error', errorClass: isRemote ? 'unavailable' : 'malformed' };
}
