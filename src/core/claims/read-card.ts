import { readChunks } from '../evidence/index.ts';
import { type CardClaims, parseCard } from './card.ts';
import { MAX_FRONT_MATTER_BYTES } from './front-matter.ts';

/** With BOM, the first line and the last one. */
const MAX_HEAD_BYTES = MAX_FRONT_MATTER_BYTES + 1024;

/**
 * What the card in a file claims. No more is read of it than a card may have.
 *
 * @returns undefined for a file without front matter
 * @throws StemmaError CARD_INVALID, and as `readChunks`
 */
export async function readCard(file: string): Promise<CardClaims | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(file)) {
    parts.push(chunk);
    length += chunk.length;
    if (length > MAX_HEAD_BYTES) return parseCard(Buffer.concat(parts).subarray(0, MAX_HEAD_BYTES), false);
  }
  return parseCard(Buffer.concat(parts), true);
}
