import { existsSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { besideLocations, evidenceLocations } from '../evidence/index.ts';
import { SIDE_FILES, walkModel } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';

/** A file to add: JSON Lines of bundles, one bundle, or a manifest. */
export interface EvidenceSource {
  readonly file: string;
  /** By which it is called in messages. */
  readonly name: string;
  readonly form: 'lines' | 'bundle' | 'manifest';
  /** Only a file that the user named may be reached through a link. */
  readonly followLink: boolean;
}

/**
 * The evidence that a path means: itself, where it is named as evidence is, else the side files of the model or dataset there.
 *
 * @throws StemmaError PATH_NOT_FOUND, EVIDENCE_MISSING, and as `walkModel`
 */
export async function evidenceSources(given: string, { signal }: AbortOptions): Promise<EvidenceSource[]> {
  requirePath(given);
  const { root, kind, name, files } = await walkModel(given, { allowSymlinks: false, signal });
  if (kind === 'file') {
    const form = formOf(root);
    // A dataset may itself be JSON Lines: then its evidence lies beside it.
    const isDataset = form === 'lines' && existsSync(evidenceLocations(root, kind).attestations);
    if (form !== undefined && !isDataset) return [{ file: root, name, form, followLink: true }];
  }
  const places =
    kind === 'file'
      ? Object.values(evidenceLocations(root, kind))
      : [
          // In a Hugging Face snapshot a side file is a link to a blob; the walk has resolved and checked it.
          ...Object.values(SIDE_FILES).map((side) => files.named(side)?.location),
          ...Object.values(besideLocations(root)).filter((file) => !file.endsWith('.sig')),
        ];
  const found = places.flatMap((file) => {
    const form = file === undefined || !existsSync(file) ? undefined : formOf(file);
    return file === undefined || form === undefined
      ? []
      : [{ file, name: path.basename(file), form, followLink: false }];
  });
  if (found.length > 0) return found;
  throw new StemmaError('EVIDENCE_MISSING', `no evidence in or beside ${quote(name)}`, {
    hint: 'attest it first, or name an attestations file',
  });
}

/** @throws StemmaError PATH_NOT_FOUND */
export function requirePath(given: string): void {
  if (!existsSync(given))
    throw new StemmaError('PATH_NOT_FOUND', `no such file or folder: ${quote(path.basename(given))}`);
}

function formOf(file: string): EvidenceSource['form'] | undefined {
  if (file.endsWith('.manifest.jsonl')) return 'manifest';
  if (file.endsWith('.jsonl')) return 'lines';
  return /\.(?:sig|json|bundle)$/.test(file) ? 'bundle' : undefined;
}
