import { z } from 'zod';
import { METRIC_NAMES } from '../evaluation/index.ts';
import { digestSet, duration, instant, listOf, name, text } from './schema-parts.ts';

const scalar = z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]);
const pattern = z.string().min(1).max(256);

const matcher = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(1024)
      .describe('of a value in the predicate: a.b[0].c, list[*], list[name="accuracy"].value'),
    equals: scalar.optional(),
    in: z.array(scalar).min(1).max(1000).optional(),
    glob: pattern.optional().describe('of the whole text: * without /, ** with it, ? one character'),
    regex: pattern.optional().describe('RE2, of the whole text'),
    greaterThan: z.number().optional(),
    atLeast: z.number().optional(),
    lessThan: z.number().optional(),
    atMost: z.number().optional(),
    exists: z.boolean().optional(),
  })
  .describe('all operators given hold for every value at the path, of which there is at least one');

const slice = z
  .strictObject({
    column: text.describe('of the predictions, by which rows were grouped'),
    metric: z.enum(METRIC_NAMES),
    average: z.enum(['binary', 'macro']).optional(),
    maxGap: z.number().min(0).describe('largest less smallest value over the groups'),
  })
  .describe('of an evaluation with predictions');

export const timeSource = z
  .enum(['trusted', 'claimed'])
  .default('trusted')
  .describe('claimed: the time that the signer states is enough');

const predicateType = z
  .string()
  .max(1024)
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, 'expected the URI of a predicate type');

const signers = z.strictObject({
  anyOf: listOf(name, 256).describe('names of trust.keys or trust.identities'),
  threshold: z.int().min(1).default(1).describe('distinct signers, counted by key or identity, never by name'),
});

export const requirementSchema = z.strictObject({
  id: name,
  predicateType: z.union([predicateType, listOf(predicateType, 32)]),
  signers,
  builderIds: listOf(text, 256).optional().describe('exact ids of the builders in provenance'),
  maxAge: duration.optional().describe('at the time of verifying'),
  time: timeSource,
  match: z.array(matcher).min(1).max(100).optional(),
  slices: z.array(slice).min(1).max(100).optional(),
  namesNotBound: z
    .literal('accept')
    .optional()
    .describe('a folder named by its sha256 alone, which does not bind file names, is enough; never for identity'),
});

export const waiverSchema = z.strictObject({
  requirement: name,
  subject: digestSet.describe('of the model, and of no other'),
  effectiveFrom: instant.optional(),
  effectiveUntil: instant,
  reason: text,
});

export type Requirement = z.infer<typeof requirementSchema>;
export type Matcher = z.infer<typeof matcher>;
export type SliceRule = z.infer<typeof slice>;
export type Waiver = z.infer<typeof waiverSchema>;
