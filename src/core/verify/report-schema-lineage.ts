import { z } from 'zod';
import { BASE_RELATIONS, DATASET_RELATIONS } from '../attestation/index.ts';
import { COMPANIONS } from '../lineage/index.ts';

export const OUTCOMES = ['pass', 'fail', 'missing', 'unknown', 'skip', 'error'] as const;

const texts = z.array(z.string());
const digests = z.record(z.string(), z.string());

const node = z.looseObject({
  id: z.string().describe('stable within one report: n0 is the model'),
  role: z.enum(['model', 'base', 'dataset', ...COMPANIONS]),
  name: z.string().optional().describe('as the signer of the link calls it'),
  digests,
  depth: z.int().min(0),
  outcome: z.enum(OUTCOMES),
  message: z.string(),
  signers: texts,
  licences: texts,
  origin: z
    .enum(['stated', 'vouched', 'unstated'])
    .optional()
    .describe('of a verified ancestor: whether anybody trusted says what it was made from'),
  evidence: texts,
});

const edge = z.looseObject({
  child: z.string(),
  parent: z.string(),
  relation: z.enum([...BASE_RELATIONS, ...DATASET_RELATIONS, ...COMPANIONS]),
  evidence: z.enum(['declared', 'observed', 'hermetic']),
  share: z.int().min(0).max(1_000_000).optional().describe('parts per million'),
  attestations: texts.optional().describe('where the evidence about the parent is, as the signers of the link say'),
  digests,
  statement: z.string(),
  says: texts,
  signer: z.string(),
  counts: z.boolean().describe('whether a verdict over the lineage rests on it'),
  outcome: z.enum(OUTCOMES),
  message: z.string(),
});

/** `lineage` of a report. */
export const lineageSchema = z.looseObject({
  nodes: z.array(node),
  edges: z.array(edge),
  truncated: z.string().optional(),
});
