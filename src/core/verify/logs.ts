import path from 'node:path';
import { isStemmaError } from '../errors/index.ts';
import { digestLog } from '../trainlog/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { type LoggedRoot, logCheck } from './checks/log.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/** `--log`: each log recomputed and compared with the roots in trusted provenance about these bytes. */
export async function checkLogs(candidates: readonly Candidate[], options: VerifyOptions): Promise<Check[]> {
  const roots: LoggedRoot[] = candidates
    .filter(
      ({ statement, match, isAncestor }) => statement.trust === 'trusted' && match.outcome === 'match' && !isAncestor,
    )
    .flatMap(({ statement }) =>
      statement.content.kind === 'provenance'
        ? statement.content.provenance.logs.map((log) => ({ log, ref: statement.ref }))
        : [],
    );
  const checks: Check[] = [];
  for (const file of options.logs) {
    try {
      checks.push(logCheck(await digestLog(file, options), roots));
    } catch (error) {
      if (!isStemmaError(error) || error.code === 'INTERRUPTED' || error.code === 'PATH_NOT_FOUND') throw error;
      const errorClass = error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
      const message = `${path.basename(file)}: ${error.message}`;
      checks.push({
        id: 'content.log',
        step: 'content',
        title: 'training log',
        required: true,
        outcome: 'error',
        errorClass,
        message,
      });
    }
  }
  return checks;
}
