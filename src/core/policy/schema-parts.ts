import { z } from 'zod';
import { parseDigestSet } from '../digest/pure.ts';
import { isStemmaError } from '../errors/index.ts';
import { parseDuration, parseInstant } from './time.ts';

/** What a signer or a requirement is called. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a name of at most 64 letters, digits, dots, dashes');

export const text = z.string().min(1).max(1024);

/** Of one file, or of the whole chain of a few. */
export const pemOrPath = z.string().min(1).max(65_536);

export const instant = z
  .string()
  .refine((value) => parseInstant(value) !== undefined, 'expected a time such as 2027-01-01T00:00:00Z')
  .meta({ format: 'date-time' });

export const duration = z
  .string()
  .refine((value) => parseDuration(value) !== undefined, 'expected a duration such as 90d, 12h or 30m')
  .meta({ pattern: '^[1-9][0-9]{0,5}[smhdw]$' });

export const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits: the SHA-256 of the key, as stemma key show prints it');

function digestProblem(value: Record<string, string>): string | undefined {
  try {
    parseDigestSet(value);
    return undefined;
  } catch (error) {
    if (isStemmaError(error)) return error.message;
    throw error;
  }
}

/** Algorithm name → lower-case hex (design §3). */
export const digestSet = z.record(z.string(), z.string()).superRefine((value, context) => {
  const problem = digestProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** Each value once: a list that repeats one was meant to hold another. */
const distinct = (list: readonly unknown[]): boolean => new Set(list).size === list.length;

export const listOf = <T extends z.ZodType>(item: T, max = 1000) =>
  z
    .array(item)
    .min(1)
    .max(max)
    .refine((list) => distinct(list), 'expected each value once');
