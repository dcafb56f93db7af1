import {
  APPROVAL_PREDICATE_TYPE,
  DATASET_PREDICATE_TYPE,
  EVALUATION_PREDICATE_TYPE,
  MODEL_PREDICATE_TYPE,
  OMS_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
} from '../core/attestation/index.ts';
import { name } from './render/text.ts';

const TYPES: Readonly<Record<string, string>> = {
  model: MODEL_PREDICATE_TYPE,
  dataset: DATASET_PREDICATE_TYPE,
  provenance: PROVENANCE_PREDICATE_TYPE,
  evaluation: EVALUATION_PREDICATE_TYPE,
  approval: APPROVAL_PREDICATE_TYPE,
  oms: OMS_PREDICATE_TYPE,
};

/** A predicate type by its URI, or by a word of ours. */
export const predicateTypeOf = (text: string): string => (Object.hasOwn(TYPES, text) ? (TYPES[text] ?? text) : text);

/** The word for it where there is one; otherwise the URI, escaped. */
export const predicateTypeName = (type: string): string =>
  Object.entries(TYPES).find(([, uri]) => uri === type)?.[0] ?? name(type, 200);
