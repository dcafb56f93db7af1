import { z } from 'zod';
import { BASE_RELATIONS, DATASET_RELATIONS } from '../attestation/index.ts';
import { OUTCOMES } from './report-schema-lineage.ts';

const count = z.int().min(0);
const texts = z.array(z.string());

const requirement = z.looseObject({
  id: z.string(),
  outcome: z.enum(OUTCOMES),
  reason: z.string().describe('why; a closed list, docs/json-output.md'),
  message: z.string(),
  evidence: z.array(
    z.looseObject({
      id: z.string().describe('SHA-256 of the DSSE pre-authentication encoding'),
      source: z.string(),
      line: z.int().min(1).optional(),
      predicateType: z.string(),
      signers: texts,
      outcome: z.enum(OUTCOMES),
      message: z.string(),
    }),
  ),
  needed: z.string().describe('what would satisfy it'),
  waivedBy: z.looseObject({ reason: z.string(), until: z.string() }).optional(),
});

/** `policy` of a report. */
export const policySchema = z.looseObject({
  file: z.string(),
  name: z.string().optional(),
  digest: z.string(),
  signer: z.string().optional(),
  expires: z.string(),
  requirements: z.array(requirement),
});

const figure = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

const tensor = z.looseObject({
  tensor: z.string(),
  dtype: z.string(),
  outcome: z.enum(['close', 'different', 'undecided']),
  why: z.string().optional(),
  errors: z
    .looseObject({
      differing: count,
      worst: z.looseObject({ index: count, expected: figure, found: figure }).optional(),
      largest: figure,
      mean: figure,
    })
    .optional(),
});

/** An entry of `rebuilt` of a report. */
export const rebuiltSchema = z.looseObject({
  relation: z.enum([...BASE_RELATIONS, ...DATASET_RELATIONS]),
  parents: texts,
  outcome: z.enum(['exact', 'close', 'different', 'undecided']),
  tensors: count,
  exact: count,
  renamed: count,
  missing: texts,
  unequal: z.array(tensor),
  undecided: z.string().optional(),
});
