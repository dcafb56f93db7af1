import { string as stringArgument } from '@oclif/core/args';
import { boolean, integer, option, string } from '@oclif/core/flags';
import { withEnvironment } from './environment.ts';

/** The flags of every command. Factories below return fresh objects: oclif writes names into them. */
export const globalFlags = withEnvironment({
  json: boolean({ summary: 'print one JSON document on stdout', helpGroup: 'GLOBAL' }),
  quiet: boolean({ char: 'q', summary: 'no progress and no notes', helpGroup: 'GLOBAL' }),
  verbose: boolean({ char: 'v', summary: 'full digests and every check', helpGroup: 'GLOBAL' }),
  color: boolean({ allowNo: true, summary: 'colour, by default on a terminal', helpGroup: 'GLOBAL' }),
  debug: boolean({ summary: 'show the stack of an error', helpGroup: 'GLOBAL' }),
});

interface FlagText {
  readonly summary: string;
  readonly helpValue?: string;
  readonly helpGroup?: string;
  readonly char?: 'k';
  readonly exclusive?: string[];
  readonly dependsOn?: string[];
}

/** A flag that may be given several times, one value each; in its environment twin, one value per line. */
export function repeatable(text: FlagText) {
  return string({ ...text, multiple: true, multipleNonGreedy: true });
}

/** The argument MODEL. */
export function modelArgument() {
  return stringArgument({ description: 'folder or file of the model', required: true });
}

/**
 * `--ignore`, `--opaque`, `--allow-symlinks`: which files a model is, and how they are cut.
 *
 * @param recorded whether they enter what is signed
 */
export function fileSetFlags({ recorded }: { readonly recorded: boolean }) {
  return {
    ignore: repeatable({
      summary: `path in the model to leave out${recorded ? '; recorded in what is signed' : ''}`,
      helpValue: 'PATH',
    }),
    opaque: repeatable({
      summary: `container to take as plain bytes${recorded ? '; recorded' : ''}`,
      helpValue: 'PATH',
    }),
    'allow-symlinks': boolean({ summary: `follow symbolic links${recorded ? '; recorded' : ''}` }),
  };
}

/** The values of these flags as core takes them. */
export function fileSetOptions(flags: {
  readonly ignore: string[] | undefined;
  readonly opaque: string[] | undefined;
  readonly 'allow-symlinks': boolean;
}): { readonly ignore: readonly string[]; readonly opaque: readonly string[]; readonly allowSymlinks: boolean } {
  return { ignore: flags.ignore ?? [], opaque: flags.opaque ?? [], allowSymlinks: flags['allow-symlinks'] };
}

/** `--digest`. */
export function segmentHashFlag() {
  return option({
    options: ['blake3', 'sha256'] as const,
    default: 'blake3' as const,
    summary: 'hash of the segment and tensor trees',
  })();
}

/** `--jobs N`. */
export function jobsFlag(helpGroup?: 'SPEED') {
  return integer({
    summary: 'threads; default one per core',
    min: 1,
    max: 1024,
    ...(helpGroup === undefined ? {} : { helpGroup }),
  });
}

/** `--key FILE` where a private key signs. STEMMA_SIGNING_KEY holds a path, or the PEM text itself. */
export function signingKeyFlag() {
  return string({
    char: 'k',
    summary: 'private key that signs (PEM)',
    helpValue: 'FILE',
    helpGroup: 'SIGNING',
    env: 'STEMMA_SIGNING_KEY',
  });
}

/** `--passphrase-file FILE`; otherwise STEMMA_PASSPHRASE, otherwise a prompt. A passphrase is never an argument. */
export function passphraseFileFlag(helpGroup: 'SIGNING' | 'SUMMARY' = 'SIGNING') {
  return string({
    summary: 'file with the passphrase of the key; else STEMMA_PASSPHRASE, else a prompt',
    helpValue: 'FILE',
    helpGroup,
  });
}

/** `--key FILE`, repeatable, where public keys are trusted. STEMMA_TRUSTED_KEYS: paths separated by `:`, or PEM text. */
export function trustedKeysFlag() {
  return string({
    char: 'k',
    summary: 'public key to trust for the named model (PEM)',
    helpValue: 'FILE',
    helpGroup: 'TRUST',
    env: 'STEMMA_TRUSTED_KEYS',
    multiple: true,
    multipleNonGreedy: true,
  });
}

/** `--report FORMAT[=PATH]`, repeatable: the report once more, for a machine (see reports.ts). */
export function reportFlag() {
  return repeatable({
    summary: 'also write json, sarif, junit or markdown=PATH, or github annotations',
    helpValue: 'FORMAT=PATH',
    helpGroup: 'OUTPUT',
  });
}
