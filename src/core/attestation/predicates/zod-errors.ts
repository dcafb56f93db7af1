import type { z } from 'zod';
import type { ErrorCode, StemmaError } from '../../errors/index.ts';
import { malformed, pointerToken } from '../json-fields.ts';

/** The first issue that zod found, as one coded error with its JSON pointer. */
export function schemaError(error: z.ZodError, code: ErrorCode, pointer: string): StemmaError {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map((part) => `/${pointerToken(String(part))}`).join('');
  const message = (issue?.message ?? 'does not fit the schema')
    .replace(/^Invalid [a-z]+: /, '')
    .replace(/^[A-Z]/, (c) => c.toLowerCase());
  return malformed(code, `${pointer}${path}`, message);
}
