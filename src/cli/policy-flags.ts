import { boolean, string } from '@oclif/core/flags';
import { type LoadedPolicy, loadPolicy } from '../core/verify/index.ts';
import { repeatable } from './flags.ts';
import { loadTrustedKeys } from './keys.ts';

/** `--policy`, with whom to trust for it, and `--explain`. */
export function policyFlags(what: 'model' | 'dataset' = 'model') {
  return {
    policy: string({
      summary: `policy that the ${what} must meet; trusts whom it names`,
      helpValue: 'FILE',
      helpGroup: 'TRUST',
    }),
    'policy-key': repeatable({
      summary: 'the policy must be signed by this key (PEM)',
      helpValue: 'PUB',
      helpGroup: 'TRUST',
      dependsOn: ['policy'],
    }),
    explain: boolean({
      summary: 'show every requirement of the policy, with the evidence that was looked at',
      helpGroup: 'OUTPUT',
      dependsOn: ['policy'],
    }),
  };
}

/**
 * The policy in a file, as far as it may be used.
 *
 * @param policyKeys files of the keys that may sign it; none: it must not be signed
 * @throws StemmaError POLICY_INVALID, POLICY_UNTRUSTED, KEY_INVALID; file errors
 */
export async function readPolicy(
  file: string,
  policyKeys: readonly string[] | undefined,
  warn: (message: string) => void,
): Promise<LoadedPolicy> {
  return loadPolicy(file, await loadTrustedKeys(policyKeys, warn, 'the policy key'));
}
