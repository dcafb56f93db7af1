import { isStemmaError } from '../errors/index.ts';
import { readChunks } from '../evidence/index.ts';
import type { LineageGraph } from '../lineage/index.ts';
import type { ModelListing } from '../model/index.ts';
import { cardCheck } from './checks/card.ts';
import type { Check } from './report.ts';

/** How the card of a model folder is called, on Hugging Face and elsewhere. */
const CARD = 'README.md';
/** What a card has to begin with to say anything. */
const FENCE = /^(?:\u00ef\u00bb\u00bf)?---\r?\n/;

/**
 * Holds the model's card against the signed lineage; no check where there is no card, or it says nothing, or the bytes, its own among
 * them, are not those that were signed.
 */
export async function cardDrift(listing: ModelListing, graph: LineageGraph): Promise<Check[]> {
  const location = listing.kind === 'folder' ? listing.files.named(CARD)?.location : undefined;
  if (location === undefined || graph.nodes[0]?.outcome !== 'pass') return [];
  try {
    const head = await readHead(location, 16);
    if (!FENCE.test(Buffer.from(head.bytes).toString('latin1'))) return [];
    const { MAX_FRONT_MATTER_BYTES, parseCard } = await import('../claims/index.ts');
    const { bytes, isWhole } = await readHead(location, MAX_FRONT_MATTER_BYTES + 1024);
    const card = parseCard(bytes, isWhole);
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

/** The first bytes of a file; the rest is not read. */
async function readHead(
  file: string,
  limit: number,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(file)) {
    parts.push(chunk);
    length += chunk.length;
    if (length > limit) return { bytes: Buffer.concat(parts).subarray(0, limit), isWhole: false };
  }
  return { bytes: Buffer.concat(parts), isWhole: true };
}
