import { isStemmaError } from '../errors/index.ts';
import type { LineageGraph } from '../lineage/index.ts';
import type { ModelListing } from '../model/index.ts';
import { cardCheck } from './checks/card.ts';
import type { Check } from './report.ts';

/** How the card of a model folder is called, on Hugging Face and elsewhere. */
const CARD = 'README.md';

/**
 * Holds the model's card against the signed lineage; no check where there is no card, or it says nothing, or the bytes, its own among
 * them, are not those that were signed.
 */
export async function cardDrift(listing: ModelListing, graph: LineageGraph): Promise<Check[]> {
  const location = listing.kind === 'folder' ? listing.files.named(CARD)?.location : undefined;
  if (location === undefined || graph.nodes[0]?.outcome !== 'pass') return [];
  try {
    const { readCard } = await import('../claims/index.ts');
    const card = await readCard(location);
    const check = card === undefined ? undefined : cardCheck(card, graph, graph.nodes[0]?.licences ?? []);
    return check === undefined ? [] : [check];
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    const errorClass = error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
    return [
      {
        id: 'lineage.card',
        step: 'lineage',
        title: 'model card',
        required: false,
        outcome: 'error',
        errorClass,
        message: error.message,
      },
    ];
  }
}
