import path from 'node:path';
import { isStemmaError } from '../errors/index.ts';
import { type LogPrefixes, type ReadCheckpoint, readCheckpoints, readPrefixes } from '../log/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { type CheckpointedRun, checkpointChecks } from './checks/checkpoints.ts';
import { type Findings, together } from './checks/findings.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/**
 * `--checkpoints`: signed notes that were kept while a run went on, against what its trusted provenance lists of them, and
 * against the logs that were given.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkCheckpoints(candidates: readonly Candidate[], options: VerifyOptions): Promise<Findings> {
  const runs = checkpointedRuns(candidates);
  const trusted = options.trust.flatMap((entry) => (entry.kind === 'key' ? [entry] : []));
  const findings: Findings[] = [];
  for (const file of options.checkpoints ?? []) {
    const name = path.basename(file);
    try {
      const notes = await readCheckpoints(file, trusted, options);
      findings.push(checkpointChecks(name, notes, runs, await readLogs(notes, options)));
    } catch (error) {
      if (!isStemmaError(error) || error.code === 'PATH_NOT_FOUND' || error.code === 'INTERRUPTED') throw error;
      const check: Check = {
        id: 'content.checkpoints',
        step: 'content',
        title: `checkpoints in ${name}`,
        required: true,
        outcome: 'error',
        errorClass: error.errorClass === 'unavailable' ? 'unavailable' : 'malformed',
        message: error.message,
      };
      findings.push({ checks: [check], recomputed: [] });
    }
  }
  return together(findings);
}

/** Each trusted provenance of these bytes that lists checkpoints; two signatures over one are one. */
function checkpointedRuns(candidates: readonly Candidate[]): CheckpointedRun[] {
  const runs = new Map<string, CheckpointedRun>();
  for (const { statement, match, isAncestor } of candidates) {
    const { content, trust, ref } = statement;
    if (trust !== 'trusted' || match.outcome !== 'match' || isAncestor || content.kind !== 'provenance') continue;
    if (content.provenance.checkpoints.length === 0) continue;
    runs.set(ref.pae ?? `${ref.source} ${ref.line}`, { provenance: content.provenance, ref });
  }
  return [...runs.values()];
}

async function readLogs(notes: readonly ReadCheckpoint[], options: VerifyOptions): Promise<LogPrefixes[]> {
  const sizes = notes.flatMap((note) => (note.kind === 'malformed' ? [] : Number(note.checkpoint.size)));
  const logs: LogPrefixes[] = [];
  for (const log of options.logs) logs.push(await readPrefixes(log, sizes, options));
  return logs;
}
