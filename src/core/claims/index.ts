export { type CardClaims, parseCard } from './card.ts';
export type { DvcInput } from './dvc-claims.ts';
export { parseDvcLock } from './dvc-lock.ts';
export { type FoundDvcLock, findDvcLock } from './find-dvc-lock.ts';
export { MAX_FRONT_MATTER_BYTES } from './front-matter.ts';
export { readCard } from './read-card.ts';
