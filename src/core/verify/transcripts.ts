import { type BigIntStats, statSync } from 'node:fs';
import path from 'node:path';
import { hexEncode, quote } from '../bytes/index.ts';
import { type FileRequest, hashFiles, sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { readSmallFile } from '../evidence/index.ts';
import { digestLog } from '../trainlog/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { type Findings, together } from './checks/findings.ts';
import { type LogFinding, logCheck } from './checks/log.ts';
import { parseTranscript, type TranscriptEntry } from './checks/transcript.ts';
import { loggedRoots } from './logs.ts';
import type { VerifyOptions } from './options.ts';

/** 200,000 checkpoints. */
const MAX_TRANSCRIPT_BYTES = 64 * 1024 * 1024;

const WHERE_FROM = 'stemma run --checkpoint-glob writes a transcript, and lists it in the provenance';

/**
 * `--transcript`: what a run wrote down of the checkpoints of its model, against the log in its trusted provenance, along its
 * chain, and against those of the checkpoints that lie where it says, below the folder that the transcript lies in.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkTranscripts(candidates: readonly Candidate[], options: VerifyOptions): Promise<Findings> {
  const findings: Findings[] = [];
  for (const file of options.transcripts ?? []) {
    const base = {
      id: 'content.transcript',
      step: 'content',
      title: `transcript ${path.basename(file)}`,
      required: true,
    } as const;
    try {
      const { check, recomputed } = await judge(file, candidates, options);
      findings.push({ checks: [{ ...check, ...base }], recomputed });
    } catch (error) {
      if (!isStemmaError(error) || error.code === 'PATH_NOT_FOUND' || error.code === 'INTERRUPTED') throw error;
      const errorClass = error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
      findings.push({ checks: [{ ...base, outcome: 'error', errorClass, message: error.message }], recomputed: [] });
    }
  }
  return together(findings);
}

async function judge(file: string, candidates: readonly Candidate[], options: VerifyOptions): Promise<LogFinding> {
  const found = await digestLog(file, options);
  const signed = logCheck(found, loggedRoots(candidates));
  if (signed.check.outcome === 'missing') return { ...signed, check: { ...signed.check, hint: WHERE_FROM } };
  if (signed.check.outcome !== 'pass') return signed;
  const failed = (message: string): LogFinding => ({
    check: { ...signed.check, outcome: 'fail', message },
    recomputed: signed.recomputed,
  });
  const bytes = await readSmallFile(file, { maxBytes: MAX_TRANSCRIPT_BYTES, followLink: true });
  if (hexEncode(sha256(bytes)) !== found.digests['sha256']) {
    throw new StemmaError('FILE_CHANGED', `${quote(found.name)} changed while it was read`);
  }
  const { entries, broken } = parseTranscript(bytes, sha256);
  if (broken !== undefined) {
    return failed(`line ${broken} is not chained to the line before it: a line was changed, moved or left out`);
  }
  const files = await compareFiles(path.dirname(path.resolve(file)), entries, options);
  if (files.different !== undefined) {
    const { name, size } = files.different;
    return failed(`${quote(name)} is not the file of ${size} bytes that was last seen under this name`);
  }
  const here = `${files.equal} of ${files.names} files are here, and equal`;
  const message = `${entries.length} checkpoints in an unbroken chain; ${here}`;
  return { ...signed, check: { ...signed.check, message } };
}

interface ComparedFiles {
  readonly names: number;
  /** How many of them are here and as they were. */
  readonly equal: number;
  /** The first one that is here and is another file. */
  readonly different?: TranscriptEntry;
}

/** Each file against the last entry under its name: the earlier ones were overwritten. */
async function compareFiles(
  folder: string,
  entries: readonly TranscriptEntry[],
  options: VerifyOptions,
): Promise<ComparedFiles> {
  const newest = new Map(entries.map((entry) => [entry.name, entry]));
  const here = [...newest.values()].flatMap((entry) => {
    const location = path.join(folder, entry.name);
    const state = statOf(location);
    return state?.isFile() === true ? [{ entry, location, state }] : [];
  });
  const isLong = ({ entry, state }: (typeof here)[number]): boolean => BigInt(entry.size) !== state.size;
  const other = here.find(isLong);
  if (other !== undefined) return { names: newest.size, equal: 0, different: other.entry };
  const requests = here.map(({ entry, location, state }): FileRequest => {
    const { dev, ino, mtimeNs } = state;
    const identity = { dev, ino, size: entry.size, mtimeNs };
    return { path: entry.name, location, followLink: true, identity, whole: ['sha256'], segments: [] };
  });
  const results = await hashFiles(requests, { ...options, phase: 'hashing checkpoints' });
  for (const [i, { entry }] of here.entries()) {
    const result = results.at(i);
    if (result?.error !== undefined) throw result.error;
    const digest = result?.whole.sha256;
    if (digest === undefined || hexEncode(digest) !== entry.sha256) {
      return { names: newest.size, equal: 0, different: entry };
    }
  }
  return { names: newest.size, equal: here.length };
}

/** Of what a link leads to as well: checkpoints are moved to where there is room. */
function statOf(location: string): BigIntStats | undefined {
  try {
    return statSync(location, { bigint: true });
  } catch {
    return undefined;
  }
}
