/** Predicate types and build types that we write. Those of our own live under one prefix (design §4). */
export const MODEL_PREDICATE_TYPE = 'https://w3id.org/stemma/model/v1';
export const DATASET_PREDICATE_TYPE = 'https://w3id.org/stemma/dataset/v1';
export const PROVENANCE_PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
export const TRAINING_BUILD_TYPE = 'https://w3id.org/stemma/training/v1';
export const EVALUATION_PREDICATE_TYPE = 'https://w3id.org/stemma/evaluation/v1';
export const TEST_RESULT_PREDICATE_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
export const VSA_PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';
export const APPROVAL_PREDICATE_TYPE = 'https://w3id.org/stemma/approval/v1';
