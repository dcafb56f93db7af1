import { integer, string } from '@oclif/core/flags';
import type { AncestorOptions } from '../core/verify/index.ts';
import { loadTrustedKeys } from './keys.ts';

/** `--ancestor-key` and `--max-depth`: how far, and by whose word, ancestors are verified. */
export function lineageFlags() {
  return {
    'ancestor-key': string({
      summary: 'public key to trust for ancestors (PEM); each of them must then verify',
      helpValue: 'FILE',
      helpGroup: 'LINEAGE',
      env: 'STEMMA_ANCESTOR_KEYS',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'max-depth': integer({
      summary: 'generations of ancestors to follow; default 32',
      min: 1,
      max: 10_000,
      helpGroup: 'LINEAGE',
    }),
  };
}

/**
 * What these flags ask of a verification. A key that is to be trusted for the model and for its ancestors is given as both.
 *
 * @throws StemmaError KEY_INVALID; file errors
 */
export async function lineageOptions(
  flags: { readonly 'ancestor-key'?: string[] | undefined; readonly 'max-depth'?: number | undefined },
  warn: (message: string) => void,
): Promise<{ readonly ancestors?: AncestorOptions; readonly maxDepth?: number }> {
  const keys = await loadTrustedKeys(flags['ancestor-key'], warn, 'STEMMA_ANCESTOR_KEYS');
  const maxDepth = flags['max-depth'];
  return {
    ...(keys.length === 0 ? {} : { ancestors: { trust: keys.map((entry) => ({ kind: 'key', ...entry })) } }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
  };
}
