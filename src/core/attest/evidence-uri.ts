import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { besideLocations, evidenceLocations, MAX_EVIDENCE_BYTES } from '../evidence/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { Reference } from './reference.ts';

/** Hostile input: a sparse file costs its sender nothing, and whoever hashes it hours. A manifest has some 300 bytes for each 16 MiB. */
const MAX_MANIFEST_BYTES = 2 ** 32;

/**
 * What a link says of where the evidence about a parent is: `ipfs://` and the CID of the folder of its side files, as they lie with it
 * now. Whoever pins them gives them that CID. Undefined where it has none, and where they are not with the artifact that they are
 * about. No parent is refused because its evidence has no CID: the link is its digests.
 *
 * @throws StemmaError INTERRUPTED
 */
export async function evidenceUri(
  reference: Reference,
  options: AbortOptions & ProgressOptions,
): Promise<string | undefined> {
  const root = reference.kind === 'path' ? path.resolve(reference.path) : rootOfEvidence(reference);
  if (root === undefined || !hasEvidence(root)) return undefined;
  try {
    requireReadable(root);
    const { evidenceDag, formatCid } = await import('../ipfs/index.ts');
    const dag = await evidenceDag(root, { signal: options.signal });
    return dag === undefined ? undefined : `ipfs://${formatCid(dag.root)}`;
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    const name = quote(path.basename(root));
    options.onWarning?.(`the link to ${name} does not say where its evidence is: ${error.message}`);
    return undefined;
  }
}

/** The artifact whose own side file was named; another file of attestations may be about anything. */
function rootOfEvidence(reference: Reference): string | undefined {
  if (reference.kind !== 'evidence') return undefined;
  const file = path.resolve(reference.path);
  const folder = path.dirname(file);
  const inside = evidenceLocations(folder, 'folder');
  if (file === inside.attestations || file === inside.signature) return folder;
  const stem = file.replace(/\.(?:attestations\.jsonl|sig)$/, '');
  return stem !== file && existsSync(stem) ? stem : undefined;
}

const placesOf = (root: string) => [evidenceLocations(root, isFile(root) ? 'file' : 'folder'), besideLocations(root)];

/** Manifests alone say nothing that is signed. */
function hasEvidence(root: string): boolean {
  return placesOf(root).some(({ signature, attestations }) => isFile(signature) || isFile(attestations));
}

/** @throws StemmaError TOO_LARGE for what nobody would read */
function requireReadable(root: string): void {
  for (const { signature, attestations, manifest } of placesOf(root)) {
    for (const file of [signature, attestations, manifest]) {
      const most = file === manifest ? MAX_MANIFEST_BYTES : MAX_EVIDENCE_BYTES;
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > most)
        throw new StemmaError('TOO_LARGE', `${path.basename(file)} has ${size} bytes; at most ${most} are read`);
    }
  }
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
