import path from 'node:path';
import { string } from '@oclif/core/flags';
import { levelProblem, uriProblem } from '../core/attestation/index.ts';
import { quote } from '../core/bytes/index.ts';
import { isStemmaError, StemmaError } from '../core/errors/index.ts';
import type { Signer } from '../core/keys/index.ts';
import type { SummaryOptions } from '../core/verify/index.ts';
import { passphraseFileFlag, repeatable } from './flags.ts';
import { type KeyContext, loadSigningKey } from './keys.ts';
import { writeReportFile } from './report-file.ts';
import { type ReportTarget, requireFileOutside } from './reports.ts';

const KEY = { flag: '--vsa-key', variable: 'STEMMA_VSA_KEY' } as const;

/** `--vsa` and what belongs to it: the verdict, signed as a SLSA verification summary. */
export function vsaFlags() {
  const helpGroup = 'SUMMARY';
  return {
    vsa: string({ summary: 'sign the verdict as a SLSA verification summary', helpValue: 'FILE', helpGroup }),
    'vsa-key': string({ summary: 'private key that signs it (PEM)', helpValue: 'FILE', helpGroup }),
    'vsa-level': repeatable({
      summary: 'what a pass means, in capitals; default STEMMA_VERIFIED',
      helpValue: 'LEVEL',
      helpGroup,
    }),
    'verifier-id': string({
      summary: 'URI of the verifier; default one that names the key',
      helpValue: 'URI',
      helpGroup,
    }),
    'resource-uri': string({
      summary: 'URI that consumers ask for; default one that names the bytes',
      helpValue: 'URI',
      helpGroup,
    }),
    'passphrase-file': passphraseFileFlag(helpGroup),
  };
}

interface VsaFlags {
  readonly vsa: string | undefined;
  readonly 'vsa-key': string | undefined;
  readonly 'vsa-level': string[] | undefined;
  readonly 'verifier-id': string | undefined;
  readonly 'resource-uri': string | undefined;
}

/** A summary that was asked for. */
export interface VsaRequest {
  readonly file: string;
  readonly signer: Signer;
  readonly options: SummaryOptions;
}

/**
 * What the flags ask for, read before anything is verified: an hour of hashing must not end in a mistyped passphrase.
 *
 * @param context where it is written to
 * @throws StemmaError USAGE; as `loadSigningKey`
 */
export async function readVsaFlags(
  flags: VsaFlags,
  argv: readonly string[],
  keys: KeyContext,
  { model, targets }: { readonly model: string; readonly targets: readonly ReportTarget[] },
): Promise<VsaRequest | undefined> {
  const { vsa: file, 'resource-uri': resourceUri } = flags;
  if (file === undefined) {
    const needless = (['vsa-key', 'vsa-level', 'verifier-id', 'resource-uri'] as const).find(
      (name) => flags[name] !== undefined && argv.some((argument) => argument.startsWith(`--${name}`)),
    );
    if (needless === undefined) return undefined;
    throw new StemmaError('USAGE', `--${needless} says something about a summary, and none is asked for`, {
      hint: 'name the file of the summary with --vsa FILE',
    });
  }
  requireFileOutside(model, file, 'summary');
  const at = path.resolve(file);
  if (targets.some((target) => target.format !== 'github' && path.resolve(target.path) === at))
    throw new StemmaError('USAGE', 'expected different files for --vsa and --report');
  const levels = flags['vsa-level'] ?? [];
  for (const level of levels) {
    const problem = levelProblem(level);
    if (problem !== undefined) throw new StemmaError('USAGE', `--vsa-level ${quote(level, 60)}: ${problem}`);
  }
  for (const name of ['verifier-id', 'resource-uri'] as const) {
    const problem = flags[name] === undefined ? undefined : uriProblem(flags[name]);
    if (problem !== undefined) throw new StemmaError('USAGE', `--${name}: ${problem}`);
  }
  const signer = await loadSigningKey(flags['vsa-key'], argv, keys, KEY);
  const verifierId = flags['verifier-id'] ?? `https://w3id.org/stemma/verifier/sha256/${signer.publicKey.fingerprint}`;
  return {
    file,
    signer,
    options: { verifierId, levels, ...(resourceUri === undefined ? {} : { resourceUri }) },
  };
}

/**
 * For `loadTrust` beside a summary: with `--key gate.key` one would trust whoever signs the verdict instead of signing it.
 *
 * @throws StemmaError USAGE
 */
export function refusePrivateKey(message: string): never {
  throw new StemmaError('USAGE', message, {
    hint: '--key names whom to trust, by a public key; the key that signs the summary is given by --vsa-key',
  });
}

/**
 * Signs a summary and writes it, as a Sigstore bundle on one line.
 *
 * @throws StemmaError as the making of it; WRITE_FAILED, SYMLINK_REFUSED
 */
export async function writeVsa({ file, signer }: VsaRequest, summary: () => Promise<Uint8Array>): Promise<void> {
  // Loaded where it is asked for: most verifications sign nothing.
  const { signedLine } = await import('../core/attest/index.ts');
  try {
    await writeReportFile(file, `${await signedLine(await summary(), signer)}\n`);
  } catch (cause) {
    if (!isStemmaError(cause)) throw cause;
    throw new StemmaError(cause.code, `the summary is not written: ${cause.message}`, { cause });
  }
}
