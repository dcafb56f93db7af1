import { z } from 'zod';
import { STEPS } from './report.ts';
import { lineageSchema, OUTCOMES } from './report-schema-lineage.ts';
import { policySchema, rebuiltSchema } from './report-schema-parts.ts';

const texts = z.array(z.string());
const count = z.int().min(0);
const digests = z.record(z.string(), z.string()).describe('algorithm name to lower-case hex');
const facts = z.array(z.looseObject({ name: z.string(), value: z.string(), by: z.string().optional() }));

const check = z.looseObject({
  id: z.string().describe('stable; docs/json-output.md lists them'),
  step: z.enum(STEPS),
  title: z.string(),
  outcome: z.enum(OUTCOMES),
  errorClass: z.enum(['malformed', 'unavailable']).optional().describe('only with error'),
  required: z.boolean().describe('whether the exit code looks at it'),
  message: z.string(),
  hint: z.string().optional(),
  evidence: z
    .looseObject({
      source: z.string(),
      line: z.int().min(1).optional(),
      predicateType: z.string().optional(),
      pae: z.string().optional().describe('SHA-256 of the DSSE pre-authentication encoding'),
      signer: z.string().optional(),
    })
    .optional(),
});

const change = z.looseObject({
  path: z.string(),
  change: z.enum(['changed', 'added', 'missing', 'renamed', 'unreadable', 'refused']),
  from: z.string().optional(),
  expected: z.string().optional(),
  found: z.string().optional(),
  tensors: texts.optional(),
});

/**
 * The report of `verify` and `dataset verify` as it stands in JSON (docs/json-output.md). Members may be added within a version, so that
 * a reader must let others pass.
 */
export const reportSchema = z.looseObject({
  reportVersion: z.literal(1),
  tool: z.looseObject({ name: z.literal('stemma'), version: z.string() }),
  time: z.string().nullable(),
  mode: z.enum(['verify', 'fast', 'full', 'sample', 'integrity-only', 'evidence-only']),
  subject: z.looseObject({
    name: z.string(),
    kind: z.enum(['folder', 'file']),
    files: count,
    bytes: count,
    digests,
  }),
  result: z.enum(['pass', 'fail', 'incomplete', 'malformed', 'unavailable']),
  verdict: z.string(),
  checks: z.array(check),
  changes: z.array(change),
  signers: z.array(z.looseObject({ name: z.string(), trustedAs: z.string().optional(), statements: texts })),
  verified: facts,
  claimed: facts,
  lineage: lineageSchema,
  policy: policySchema.optional(),
  rebuilt: z.array(rebuiltSchema),
  notCovered: z.array(z.looseObject({ path: z.string(), because: z.string() })),
  evidence: z.array(z.looseObject({ predicateType: z.string(), statements: count, trusted: count })),
  skipped: texts,
  warnings: texts,
  environment: texts,
});
