import { existsSync } from 'node:fs';
import { looksLikeDigestSet, parseDigestSetText } from '../core/digest/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import type { VerifyEvidenceOptions } from '../core/verify/index.ts';
import { storeFolder } from './store-folder.ts';

/** What `lineage` was asked about where no bytes are at hand; undefined for a model. */
type Evidence = Pick<VerifyEvidenceOptions, 'attestations' | 'store' | 'about'>;

const EVIDENCE_FILE = /\.attestations\.jsonl$/;

interface Flags {
  readonly attestations: string[] | undefined;
  readonly evidence: string[] | undefined;
  readonly store: string | undefined;
  readonly policy: string | undefined;
  readonly fast: boolean;
  readonly 'integrity-only': boolean;
}

/**
 * Reads the argument of `lineage`: a model, or what stands for one without its bytes, which is a file of attestations or the
 * digest set of something that the evidence at hand, or the store, is about.
 *
 * @throws StemmaError USAGE for flags that are about bytes; DIGEST_SET_INVALID
 */
export function evidenceAlone(argument: string | undefined, flags: Flags): Evidence | undefined {
  const { attestations = [], evidence = [], store } = flags;
  const isNamed = attestations.length > 0 || evidence.length > 0;
  const isSet = argument !== undefined && looksLikeDigestSet(argument) && !existsSync(argument);
  const isFile = argument !== undefined && EVIDENCE_FILE.test(argument);
  if (argument !== undefined && !isSet && !isFile) return undefined;
  if (argument === undefined && !isNamed)
    throw new StemmaError('USAGE', 'expected a model, its attestations, or a digest set', {
      hint: 'stemma lineage MODEL, or without the bytes: stemma lineage --attestations FILE',
    });
  for (const flag of ['policy', 'fast', 'integrity-only'] as const)
    if (flags[flag] !== undefined && flags[flag] !== false)
      throw new StemmaError('USAGE', `--${flag} is about the bytes of a model, and only evidence is given`, {
        hint: 'whom to trust is named by --key, and for ancestors by --ancestor-key',
      });
  const asked = isSet && store === undefined && !isNamed ? storeFolder() : store;
  return {
    attestations: isFile ? [argument, ...attestations] : attestations,
    ...(asked === undefined ? {} : { store: asked }),
    ...(isSet ? { about: parseDigestSetText(argument) } : {}),
  };
}
