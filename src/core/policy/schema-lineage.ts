import { z } from 'zod';
import { BASE_RELATIONS, DATASET_RELATIONS, isLicenseExpression, LINEAGE_VERIFIED } from '../attestation/index.ts';
import { digestSet, duration, listOf, name, text } from './schema-parts.ts';
import { requirementSchema, timeSource } from './schema-requirement.ts';

const relation = z.enum([...BASE_RELATIONS, ...DATASET_RELATIONS]);
const licence = z
  .string()
  .max(256)
  .refine((value) => isLicenseExpression(value) && !/[\s()]/.test(value), 'expected one SPDX licence id')
  .describe('SPDX licence id; an id WITH an exception is named by the id alone');

const ancestor = z.strictObject({
  relations: listOf(relation).optional().describe('absent: any'),
  digests: z.array(digestSet).min(1).max(1000).optional().describe('absent: any'),
  requirements: z.array(requirementSchema).min(1).max(32).describe('all of them hold for the ancestor'),
});

export const lineageSchema = z
  .strictObject({
    maxDepth: z.int().min(0).max(1000).optional().describe('0: no ancestors at all'),
    unknownParent: z.enum(['require', 'warn']).default('require'),
    allow: z.strictObject({ relations: listOf(relation) }).optional(),
    denyDigests: z
      .array(z.strictObject({ digest: digestSet, reason: text.optional() }))
      .min(1)
      .max(10_000)
      .optional()
      .describe('of ancestors, and of the model itself'),
    licences: z
      .strictObject({
        allow: listOf(licence).optional(),
        deny: listOf(licence).optional(),
        unstated: z.enum(['require', 'warn']).default('require').describe('an ancestor whose licence nobody states'),
      })
      .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, 'expected allow or deny')
      .optional(),
    origins: z
      .strictObject({
        unstated: z
          .enum(['require', 'warn'])
          .default('require')
          .describe('an ancestor of which nobody whom its rule asks says what it was made from, be it nothing'),
        accept: z
          .array(z.strictObject({ digest: digestSet, reason: text.optional() }))
          .min(1)
          .max(10_000)
          .optional()
          .describe('ancestors of which nobody has to say it'),
      })
      .optional(),
    evidence: z.enum(['observed', 'hermetic']).optional().describe('at least this level for every link'),
    ancestors: z.array(ancestor).min(1).max(256).optional().describe('the first that matches decides; none: missing'),
    stopAt: z
      .array(
        z.strictObject({
          vsa: z.strictObject({
            verifier: text,
            signers: z.strictObject({ anyOf: listOf(name, 256), threshold: z.int().min(1).default(1) }),
            levels: listOf(text)
              .optional()
              .describe(
                `what it has to say; absent: ${LINEAGE_VERIFIED}, which a run that did not look at ancestors does not`,
              ),
            maxAge: duration.optional().describe('at the time of verifying'),
            time: timeSource,
          }),
        }),
      )
      .min(1)
      .max(64)
      .optional()
      .describe('a summary that PASSED by this verifier stands for the ancestor and for its own ancestors'),
  })
  .refine((rules) => Object.keys(rules).some((key) => key !== 'unknownParent') || rules.unknownParent === 'require', {
    message: 'expected a rule, found none',
  });

export type LineageRulesDocument = z.infer<typeof lineageSchema>;
export type AncestorRule = z.infer<typeof ancestor>;
