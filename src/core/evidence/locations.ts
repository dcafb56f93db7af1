import path from 'node:path';

/** Where the side files of a model lie (design §4): inside a folder, beside a single file. Absolute paths. */
export interface EvidenceLocations {
  readonly signature: string;
  readonly attestations: string;
  readonly manifest: string;
}

const SUFFIXES = { signature: '.sig', attestations: '.attestations.jsonl', manifest: '.manifest.jsonl' } as const;

const withStem = (stem: string): EvidenceLocations => ({
  signature: stem + SUFFIXES.signature,
  attestations: stem + SUFFIXES.attestations,
  manifest: stem + SUFFIXES.manifest,
});

/** The default places: `MODEL/model.sig` … in a folder, `FILE.sig` … beside a file. */
export function evidenceLocations(root: string, kind: 'folder' | 'file'): EvidenceLocations {
  return withStem(kind === 'folder' ? path.join(root, 'model') : root);
}

/** Beside the folder, `MODEL.attestations.jsonl` …: for a folder whose foreign `model.sig` does not ignore our files. */
export function besideLocations(root: string): EvidenceLocations {
  return withStem(root);
}

/** In `directory`, under the names that the side files would have by default. */
export function outputLocations(directory: string, root: string, kind: 'folder' | 'file'): EvidenceLocations {
  return withStem(path.join(directory, kind === 'folder' ? 'model' : path.basename(root)));
}

/** The manifest that belongs to an attestations file: the same stem. */
export function manifestBeside(attestations: string): string | undefined {
  return attestations.endsWith(SUFFIXES.attestations)
    ? attestations.slice(0, -SUFFIXES.attestations.length) + SUFFIXES.manifest
    : undefined;
}
