export { type CardClaims, parseCard } from './card.ts';
export { MAX_FRONT_MATTER_BYTES } from './front-matter.ts';
export { readCard } from './read-card.ts';
