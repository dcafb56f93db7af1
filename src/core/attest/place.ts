import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  besideLocations,
  type EvidenceLocations,
  evidenceLocations,
  outputLocations,
  relativeTo,
} from '../evidence/index.ts';
import { isIgnored, type LocatedModel, SIDE_FILES } from '../model/index.ts';
import { existingSignature, MADE_FOR_OTHERS, refuseOverwrite } from './existing.ts';
import type { SubjectOptions } from './options.ts';

/**
 * Where the evidence of a model goes if nobody else's is in the way: to its default places, or into `--output-dir`.
 *
 * @throws StemmaError USAGE for a folder inside the model that is not left out: the evidence would change what it is about
 */
export function firstChoice({ root, kind, ignored }: LocatedModel, outputDir: string | undefined): EvidenceLocations {
  if (outputDir === undefined) return evidenceLocations(root, kind);
  const inside = kind === 'folder' ? relativeTo(root, path.join(path.resolve(outputDir), 'x')) : undefined;
  const folder = inside === undefined ? '' : path.posix.dirname(inside);
  if (inside !== undefined && folder !== '.' && !isIgnored(folder, new Set(ignored))) {
    throw new StemmaError('USAGE', `the folder ${quote(folder)} for the evidence lies in the model`, {
      hint: 'choose one outside, or leave it out with --ignore',
    });
  }
  return outputLocations(path.resolve(outputDir), root, kind);
}

export interface Place {
  readonly locations: EvidenceLocations;
  /** Text of `model.sig`, where it is to be written. */
  readonly signature: string | undefined;
  /** The same as a line, where another signer's `model.sig` is kept. */
  readonly omsLine: string | undefined;
}

/** Whether what stands in the place of `model.sig` is another signer's or unknown and stays, so that ours becomes a line. */
export async function keepsSignature(
  file: string,
  { signer, force }: Pick<SubjectOptions, 'signer' | 'force'>,
): Promise<boolean> {
  if (force) return false;
  const { state } = await existingSignature(file, signer.publicKey);
  return state === 'foreign' || state === 'other';
}

/**
 * Design §4: another signer's `model.sig` is kept, and where it does not ignore our files they go beside the folder. The caller
 * holds the lock of `first.signature`, so that what is found there is still there when the evidence is written.
 *
 * @param oms our own signature as text; undefined for `--no-model-sig`
 * @throws StemmaError WOULD_OVERWRITE for an outdated signature of our own
 */
export async function choosePlace(
  { root, kind }: LocatedModel,
  first: EvidenceLocations,
  oms: string | undefined,
  options: Pick<SubjectOptions, 'signer' | 'force' | 'outputDir' | 'onWarning'>,
): Promise<Place> {
  const existing = await existingSignature(first.signature, options.signer.publicKey);
  const keep: Place = { locations: first, signature: undefined, omsLine: undefined };
  if (existing.state === 'none') return { ...keep, signature: oms };
  if (existing.state === 'ours' && (oms === undefined || existing.text.trim() === oms)) return keep;
  if (options.force && oms !== undefined) return { ...keep, signature: oms };
  const name = path.basename(first.signature);
  if (existing.state === 'ours') return refuseOverwrite(name, MADE_FOR_OTHERS);
  const whose =
    existing.state === 'foreign'
      ? `it was made by ${existing.whose}`
      : `it is no signature that we know (${existing.why})`;
  options.onWarning?.(`${name} is kept: ${whose}`);
  const ignores = existing.state === 'foreign' ? existing.ignores : new Set<string>();
  const staysWhole =
    kind === 'file' ||
    options.outputDir !== undefined ||
    [SIDE_FILES.attestations, SIDE_FILES.manifest].every((file) => isIgnored(file, ignores));
  if (staysWhole) return { ...keep, omsLine: oms };
  options.onWarning?.('it does not ignore our files, which are therefore written beside the folder');
  return { locations: besideLocations(root), signature: undefined, omsLine: oms };
}
