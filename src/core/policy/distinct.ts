import type { Signer } from '../lineage/index.ts';

/** Each signer once, whatever he is called. */
export const distinct = (signers: readonly Signer[]): Signer[] => [
  ...new Map(signers.map((each) => [each.id, each])).values(),
];
