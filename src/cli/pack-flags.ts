import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StemmaError } from '../core/errors/index.ts';
import type { UnpackedPack } from '../core/ipfs/index.ts';
import type { AbortOptions } from '../core/progress/index.ts';
import type { VerifyOptions } from '../core/verify/index.ts';
import { decryptWithFlag, loadIdentities } from './age-keys.ts';
import { repeatable } from './flags.ts';
import { systemErrorCode } from './system-error.ts';

/** `--evidence` and `--decrypt-with`, where evidence is read. */
export function packFlags() {
  return {
    evidence: repeatable({
      summary: 'evidence pack, as stemma evidence export makes it',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    'decrypt-with': decryptWithFlag('EVIDENCE'),
  };
}

interface PackFlags {
  readonly evidence: string[] | undefined;
  readonly 'decrypt-with': string | undefined;
}

/**
 * Opens the evidence packs that the flags name, for as long as they are used: what of them has to lie in files is in a temporary folder
 * of this user until then.
 *
 * @throws StemmaError as `unpackEvidence` and `loadIdentities`; whatever `use` throws
 */
export async function withPacks<T>(
  flags: PackFlags,
  { signal, warn }: AbortOptions & { readonly warn: (message: string) => void },
  use: (packs: readonly UnpackedPack[]) => Promise<T>,
): Promise<T> {
  const { evidence = [] } = flags;
  if (evidence.length === 0) return use([]);
  const identities = await loadIdentities(flags['decrypt-with'], warn);
  const { unpackEvidence } = await import('../core/ipfs/index.ts');
  return withTemporaryFolder(async (folder) => use(await unpackEvidence(evidence, { signal, folder, identities })));
}

/** Gives folders of this user alone, which are gone when `use` is done. @throws whatever `use` throws; WRITE_FAILED */
export async function withTemporaryFolder<T>(use: (folder: () => Promise<string>) => Promise<T>): Promise<T> {
  const folders: string[] = [];
  try {
    return await use(async () => {
      const made = await makeFolder();
      folders.push(made);
      return made;
    });
  } finally {
    for (const made of folders) await rm(made, { recursive: true, force: true });
  }
}

async function makeFolder(): Promise<string> {
  try {
    // For this user alone.
    return await mkdtemp(path.join(tmpdir(), 'stemma-evidence-'));
  } catch (cause) {
    const code = systemErrorCode(cause) ?? 'unknown reason';
    throw new StemmaError('WRITE_FAILED', `cannot make a temporary folder: ${code}`, { cause });
  }
}

/** The options of a verification with what the packs add to them: the files of a run count as if they had been named. */
export const fromPacks = (
  packs: readonly UnpackedPack[],
  { checkpoints = [], transcripts = [], predictions }: VerifyOptions,
) => ({
  packs,
  checkpoints: [...checkpoints, ...packs.flatMap((pack) => pack.checkpoints)],
  transcripts: [...transcripts, ...packs.flatMap((pack) => pack.transcripts)],
  predictions: [...predictions, ...packs.flatMap((pack) => pack.predictions)],
});
