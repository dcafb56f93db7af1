import {
  DATASET_PREDICATE_TYPE,
  EVALUATION_PREDICATE_TYPE,
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
} from '../attestation/index.ts';
import type { Requirement } from './schema-requirement.ts';

export const typesOf = ({ predicateType }: Pick<Requirement, 'predicateType'>): readonly string[] =>
  typeof predicateType === 'string' ? [predicateType] : predicateType;

/** An identity statement says what the bytes of a model are (design §5). */
const saysModel = (type: string): boolean => isOmsPredicateType(type) || type === MODEL_PREDICATE_TYPE;

/** Whether only an identity statement satisfies it: one that takes other types as well says nothing about the bytes. */
export const isModelIdentity = (requirement: Requirement): boolean => typesOf(requirement).every(saysModel);

/** The same for a dataset: `dataset/v1` or OMS (design §5, "Ancestors"). */
export const isDatasetIdentity = (requirement: Requirement): boolean =>
  typesOf(requirement).every((type) => type === DATASET_PREDICATE_TYPE || isOmsPredicateType(type));

/** Whether it says what the bytes are, of whatever kind. */
export const isIdentity = (requirement: Requirement): boolean =>
  isModelIdentity(requirement) || isDatasetIdentity(requirement);

export const isDatasetStatement = (type: string): boolean => type === DATASET_PREDICATE_TYPE;
export const isProvenance = (type: string): boolean => type === PROVENANCE_PREDICATE_TYPE;
export const isEvaluation = (type: string): boolean => type === EVALUATION_PREDICATE_TYPE;
