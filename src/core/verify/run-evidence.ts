import type { Candidate } from './checks/candidate.ts';
import { type Findings, together } from './checks/findings.ts';
import { checkLogs } from './logs.ts';
import type { VerifyOptions } from './options.ts';

/**
 * What a training left behind, and what went into it, against trusted provenance: logs, checkpoints of them, transcripts, inputs.
 * Loaded where it is asked for: most verifications start without.
 *
 * @throws StemmaError PATH_NOT_FOUND, SECRET_INVALID, INTERRUPTED
 */
export async function checkRun(candidates: readonly Candidate[], options: VerifyOptions): Promise<Findings> {
  const { checkpoints = [], transcripts = [], inputs = [] } = options;
  const found = [await checkLogs(candidates, options)];
  if (checkpoints.length > 0) {
    const { checkCheckpoints } = await import('./checkpoints.ts');
    found.push(await checkCheckpoints(candidates, options));
  }
  if (transcripts.length > 0) {
    const { checkTranscripts } = await import('./transcripts.ts');
    found.push(await checkTranscripts(candidates, options));
  }
  if (inputs.length > 0) {
    const { checkInputs } = await import('./inputs.ts');
    found.push({ checks: await checkInputs(candidates, options), recomputed: [] });
  }
  return together(found);
}
