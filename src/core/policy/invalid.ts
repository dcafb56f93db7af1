import { StemmaError } from '../errors/index.ts';

/**
 * What a policy that cannot be used throws: exit 2, because whoever wrote it can mend it.
 *
 * @param at JSON pointer of the place, or empty
 */
export function invalid(message: string, at = '', details: Readonly<Record<string, unknown>> = {}): StemmaError {
  return new StemmaError('POLICY_INVALID', at === '' ? `the policy: ${message}` : `the policy: ${message} (at ${at})`, {
    hint: 'docs/formats/policy.md has every field; stemma policy check FILE reads one',
    details: { ...details, pointer: at },
  });
}
