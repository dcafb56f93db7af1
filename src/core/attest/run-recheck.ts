import path from 'node:path';
import type { EvidenceLevel } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { type Materials, readSources } from './materials.ts';
import type { RunInputs, Watched } from './run-inputs.ts';
import type { RunOptions } from './run-options.ts';

/**
 * Digests it all again, and says how each was had: `observed` where it is as it was.
 *
 * @throws StemmaError INPUT_CHANGED for one that is not, and was not to change
 */
export async function recheckRunInputs(
  roots: readonly string[],
  { materials, watched }: RunInputs,
  options: RunOptions,
): Promise<Materials> {
  const observed = new Set<string>();
  for (const { list, index, file, before, again, mayChange } of watched) {
    const how = await changeOf(before, again);
    const what = quote(path.basename(file));
    if (how === undefined) observed.add(`${list} ${index}`);
    else if (mayChange) options.onWarning?.(`${what} ${how} while the command ran: it is recorded as declared`);
    else {
      throw new StemmaError('INPUT_CHANGED', `the input ${what} ${how} while the command ran: nothing is attested`, {
        hint: 'train on a copy, or say with --mutable that it may change',
      });
    }
  }
  const level = <T extends { readonly evidence: EvidenceLevel }>(list: Watched['list'], items: readonly T[]): T[] =>
    items.map((item, index) => (observed.has(`${list} ${index}`) ? { ...item, evidence: 'observed' } : item));
  return {
    ...materials,
    links: level('links', materials.links),
    inputs: level('inputs', materials.inputs),
    environment: level('environment', materials.environment),
    sources: await recheckSources(roots, materials, options),
  };
}

async function recheckSources(
  roots: readonly string[],
  { sources }: Materials,
  options: RunOptions,
): Promise<Materials['sources']> {
  const again = await readSources(roots, { ...options, onWarning: undefined });
  if (JSON.stringify(again) === JSON.stringify(sources)) {
    return sources.map((source) => ({ ...source, evidence: 'observed' }));
  }
  options.onWarning?.('the source changed while the command ran: it is recorded as declared, as it was before');
  return sources;
}

/** How something changed, or undefined where it did not. */
async function changeOf(before: DigestSet, again: () => Promise<DigestSet>): Promise<string | undefined> {
  try {
    const after = await again();
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].every((key) => before[key] === after[key]) ? undefined : 'changed';
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    return error.code === 'PATH_NOT_FOUND' ? 'was removed' : `cannot be read any more (${error.message})`;
  }
}
