import { existsSync } from 'node:fs';
import path from 'node:path';
import { isStemmaError } from '../errors/index.ts';
import type { LineageGraph } from '../lineage/index.ts';
import type { ModelListing } from '../model/index.ts';
import { dvcCheck } from './checks/dvc.ts';
import type { Check } from './report.ts';

/**
 * Holds a `dvc.lock` that says how the model was made against the signed lineage; no check where there is none, or the model's bytes
 * are not those that were signed.
 */
export async function dvcDrift(listing: ModelListing, graph: LineageGraph): Promise<Check[]> {
  if (graph.nodes[0]?.outcome !== 'pass' || !mayHaveLock(listing.root)) return [];
  try {
    const { findDvcLock } = await import('../claims/index.ts');
    const found = await findDvcLock(listing);
    return found === undefined ? [] : [dvcCheck(found, graph)];
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return [
      {
        id: 'lineage.dvc',
        step: 'lineage',
        title: 'dvc.lock',
        required: false,
        outcome: 'error',
        errorClass: error.errorClass === 'unavailable' ? 'unavailable' : 'malformed',
        message: error.message,
      },
    ];
  }
}

/** So that the parser is loaded only where there is something to parse. */
function mayHaveLock(root: string): boolean {
  for (let folder = root; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'dvc.lock'))) return true;
    if (folder === path.dirname(folder)) return false;
  }
}
