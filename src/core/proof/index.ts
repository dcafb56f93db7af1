export { type CheckProofsOptions, checkProofs } from './check-file.ts';
export { parseProof, writeProof } from './proof.ts';
export type { Proof } from './proof-schema.ts';
export { type ProvedLeaves, proveFiles, proveTensors } from './prove-leaves.ts';
export { type ProvedRecords, type ProveRecordsOptions, proveRecords } from './prove-records.ts';
export type { ProvenTree } from './proven-tree.ts';
export { type CheckedProof, type ProofReport, proofsCode } from './report.ts';
