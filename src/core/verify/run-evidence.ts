import type { Candidate } from './checks/candidate.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/**
 * What a run left behind beside its logs, checkpoints of them and a transcript, and what went into it. Loaded where it is asked for: most
 * verifications start without.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkRun(candidates: readonly Candidate[], options: VerifyOptions): Promise<Check[]> {
  const { checkpoints = [], transcripts = [], inputs = [] } = options;
  const checks: Check[] = [];
  if (checkpoints.length > 0) {
    const { checkCheckpoints } = await import('./checkpoints.ts');
    checks.push(...(await checkCheckpoints(candidates, options)));
  }
  if (transcripts.length > 0) {
    const { checkTranscripts } = await import('./transcripts.ts');
    checks.push(...(await checkTranscripts(candidates, options)));
  }
  if (inputs.length > 0) {
    const { checkInputs } = await import('./inputs.ts');
    checks.push(...(await checkInputs(candidates, options)));
  }
  return checks;
}
