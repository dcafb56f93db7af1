import path from 'node:path';
import { isStemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { digestLog, digestSaltedLog, type LogDigest, type SaltedLogFile } from '../trainlog/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { type Findings, together } from './checks/findings.ts';
import { type LoggedRoot, logCheck } from './checks/log.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/**
 * `--log` and `--salted-log`: each log recomputed and compared with the roots in trusted provenance about these bytes, and in
 * trusted evaluations of them.
 *
 * @throws StemmaError PATH_NOT_FOUND, SECRET_INVALID, INTERRUPTED
 */
export async function checkLogs(candidates: readonly Candidate[], options: VerifyOptions): Promise<Findings> {
  const roots = loggedRoots(candidates);
  const findings: Findings[] = [];
  const logs: readonly NamedLog[] = [...options.logs.map((file) => ({ file })), ...(options.saltedLogs ?? [])];
  for (const log of logs) {
    try {
      const { check, recomputed } = logCheck(await digestNamed(log, options), roots);
      findings.push({ checks: [check], recomputed });
    } catch (error) {
      if (!isStemmaError(error) || OF_THE_CALLER.includes(error.code)) throw error;
      const check: Check = {
        id: 'content.log',
        step: 'content',
        title: 'training log',
        required: true,
        outcome: 'error',
        errorClass: error.errorClass === 'unavailable' ? 'unavailable' : 'malformed',
        message: `${path.basename(log.file)}: ${error.message}`,
      };
      findings.push({ checks: [check], recomputed: [] });
    }
  }
  return together(findings);
}

/** What is wrong with the question, not with a log. */
const OF_THE_CALLER: readonly string[] = ['INTERRUPTED', 'PATH_NOT_FOUND', 'SECRET_INVALID'];

type NamedLog = Pick<SaltedLogFile, 'file'> & Partial<SaltedLogFile>;

async function digestNamed({ file, secret }: NamedLog, options: AbortOptions & ProgressOptions): Promise<LogDigest> {
  if (secret === undefined) return digestLog(file, options);
  // Loaded where it is asked for: most verifications have no secret.
  const { requireSecret } = await import('../dataset/index.ts');
  return digestSaltedLog(file, await requireSecret(secret), options);
}

/** The logs that trusted statements about these bytes list. */
export const loggedRoots = (candidates: readonly Candidate[]): LoggedRoot[] => candidates.flatMap(rootsIn);

function rootsIn({ statement: { content, trust, ref }, match, isAncestor }: Candidate): LoggedRoot[] {
  if (trust !== 'trusted' || match.outcome !== 'match' || isAncestor) return [];
  if (content.kind === 'provenance') {
    return content.provenance.logs.map((log) => ({ log, ref, by: 'provenance' }));
  }
  if (content.kind !== 'evaluation' || content.evaluation.log === undefined) return [];
  const { name, digest, size, format } = content.evaluation.log;
  return [
    { log: { name, digest, size, records: format === 'tensorboard' ? 'tfrecord' : 'lf' }, ref, by: 'evaluation' },
  ];
}
