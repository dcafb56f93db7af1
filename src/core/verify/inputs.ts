import path from 'node:path';
import type { DigestSet } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { digestFiles } from '../model/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { inputCheck, type ListedInput, listedInputs } from './checks/input.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/** Each costs one more reading of every byte. */
const MAX_LISTS = 8;

/**
 * `--input`: files and folders against what trusted provenance of these bytes says went into them.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkInputs(candidates: readonly Candidate[], options: VerifyOptions): Promise<Check[]> {
  const listed = candidates.flatMap(({ statement: { content, trust, ref }, match, isAncestor }) =>
    trust === 'trusted' && match.outcome === 'match' && !isAncestor && content.kind === 'provenance'
      ? listedInputs(content.provenance, ref)
      : [],
  );
  const checks: Check[] = [];
  for (const input of options.inputs ?? []) {
    const name = path.basename(path.resolve(input));
    try {
      const digests = await digestsOf(input, listed, options);
      checks.push(inputCheck(name, listed, (ignored) => digests.get(JSON.stringify(ignored))));
    } catch (error) {
      if (!isStemmaError(error) || error.code === 'PATH_NOT_FOUND' || error.code === 'INTERRUPTED') throw error;
      checks.push({
        id: 'content.input',
        step: 'content',
        title: `input ${name}`,
        required: true,
        outcome: 'error',
        errorClass: error.errorClass === 'unavailable' ? 'unavailable' : 'malformed',
        message: error.message,
      });
    }
  }
  return checks;
}

/** Once for all in which nothing is left out, and once for each list of paths that a dataset leaves out. */
async function digestsOf(
  input: string,
  listed: readonly ListedInput[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, DigestSet>> {
  const { signal, onProgress, jobs } = options;
  const engine = { signal, onProgress, ...(jobs === undefined ? {} : { jobs }), phase: 'hashing input' };
  const digests = new Map<string, DigestSet>();
  digests.set(JSON.stringify([]), await digestFiles(input, { ...engine, ignored: [] }));
  for (const { ignored } of listed) {
    const key = JSON.stringify(ignored);
    if (digests.has(key) || digests.size > MAX_LISTS) continue;
    try {
      digests.set(key, await digestFiles(input, { ...engine, ignored }));
    } catch (error) {
      // Nothing is left of it: it is not the dataset that these paths are left out of.
      if (!isStemmaError(error) || error.code !== 'MODEL_EMPTY') throw error;
    }
  }
  return digests;
}
