import { z } from 'zod';
import { once } from './once.ts';
import { time } from './recorded-schema.ts';

/** Longer reasons belong into a document, which a comment can name. */
const MAX_COMMENT = 4096;

/**
 * The predicate `https://w3id.org/stemma/approval/v1` as it stands in JSON (docs/formats/approval.md). Unknown members are refused: an
 * approval with a condition that we do not know is none.
 */
export const approvalPredicateSchema = once(() =>
  z
    .strictObject({
      role: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected a role of lower-case letters, digits and -')
        .describe('in which the signer approves, such as reviewer'),
      comment: z.string().min(1).max(MAX_COMMENT).optional().describe('for people'),
      approvedOn: time().optional().describe('when, as the signer says; absent where he does not say'),
    })
    .readonly(),
);
