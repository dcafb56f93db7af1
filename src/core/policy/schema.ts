import { z } from 'zod';
import { lineageSchema } from './schema-lineage.ts';
import { digestSet, fingerprint, instant, listOf, name, pemOrPath, text } from './schema-parts.ts';
import { requirementSchema, waiverSchema } from './schema-requirement.ts';

/** Flags of `verify` that leave something out of a verdict (docs/formats/policy.md). */
export const FORBIDDABLE = ['accept-sample', 'fast', 'ignore', 'ignore-unsigned-files', 'sample'] as const;

const trust = z.strictObject({
  keys: z
    .record(
      name,
      z.strictObject({
        publicKey: pemOrPath.describe('PEM, or the path of a file relative to the policy'),
        fingerprint: fingerprint.optional().describe('SHA-256 of the key (SPKI), which the file must have'),
      }),
    )
    .optional(),
  identities: z
    .record(
      name,
      z.union([
        z.strictObject({
          subject: text.describe('the subject alternative name of the certificate, exactly'),
          issuer: text.describe('the OIDC issuer, exactly'),
          trustedRoot: pemOrPath.optional().describe('path of a Sigstore trusted root; absent: the embedded one'),
        }),
        z.strictObject({
          subject: text.describe('a subject alternative name of the certificate, exactly'),
          anchors: pemOrPath.describe('certificates in PEM, or the path of a file of them'),
          issuer: text.optional().describe('distinguished name of the issuer of the certificate, exactly'),
        }),
      ]),
    )
    .optional(),
});

/** A policy, `version: 1`, as it stands in YAML or JSON (docs/formats/policy.md). Unknown members are refused. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: text.optional(),
  expires: instant.describe('from then on nothing passes'),
  trust,
  requirements: z.array(requirementSchema).min(1).max(256),
  lineage: lineageSchema.optional(),
  revoked: z
    .strictObject({
      keys: z
        .array(z.strictObject({ fingerprint, reason: text.optional() }))
        .min(1)
        .max(10_000)
        .optional(),
      digests: z
        .array(z.strictObject({ digest: digestSet, reason: text.optional() }))
        .min(1)
        .max(10_000)
        .optional(),
    })
    .refine(({ keys, digests }) => keys !== undefined || digests !== undefined, 'expected keys or digests')
    .optional()
    .describe('whenever it was signed'),
  waivers: z.array(waiverSchema).min(1).max(1000).optional(),
  forbid: listOf(z.enum(FORBIDDABLE)).optional().describe('flags of verify under which this policy does not pass'),
});

export type PolicyDocument = z.infer<typeof policySchema>;
