import { existsSync } from 'node:fs';
import { string as stringArgument } from '@oclif/core/args';
import { integer, string } from '@oclif/core/flags';
import type { FindOptions } from '../core/store/index.ts';
import { loadTrustedKeys } from './keys.ts';
import { storeFolder } from './store-folder.ts';

/** `--store DIR` of the store's own commands, which have a default. */
export function storeFlag() {
  return string({ summary: 'folder of the store; default stemma in XDG_DATA_HOME', helpValue: 'DIR' });
}

export const storeOf = (flags: { readonly store: string | undefined }): string => flags.store ?? storeFolder();

/** `--limit N`. */
export function limitFlag() {
  return integer({ summary: 'statements to read and show', default: 1000, min: 1, max: 1_000_000 });
}

/** `--max-depth N`. */
export function depthFlag() {
  return integer({ summary: 'generations to follow', default: 64, min: 1, max: 10_000 });
}

/** The argument ARTIFACT. */
export function artifactArgument() {
  return stringArgument({ description: 'model, dataset, its evidence file, or a digest set', required: true });
}

/**
 * What a bundle may name a signer by: the hint or fingerprint of a public key in a file, hex that one begins with as lists show it,
 * else the text itself.
 *
 * @throws StemmaError as `loadTrustedKeys`
 */
export async function signerNames(
  text: string,
  warn: (message: string) => void,
): Promise<Pick<FindOptions, 'signers'> | Pick<FindOptions, 'signerPrefix'>> {
  if (existsSync(text)) {
    const keys = await loadTrustedKeys([text], warn);
    return { signers: keys.flatMap(({ key }) => [key.hint, key.fingerprint]) };
  }
  const hex = text.toLowerCase().replace(/^sha256:/, '');
  return SHORT_HEX.test(hex) ? { signerPrefix: hex } : { signers: [hex, text] };
}

/** Less would be anybody's. */
const SHORT_HEX = /^[0-9a-f]{8,63}$/;
