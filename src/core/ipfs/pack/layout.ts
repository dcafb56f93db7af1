/** Where the files of an evidence pack lie, and what each is (docs/formats/evidence-pack.md). */

export const INDEX_NAME = 'index.json';

export const PACK_ROLES = [
  'signature',
  'attestations',
  'manifest',
  'proof',
  'checkpoints',
  'transcript',
  'predictions',
] as const;
export type PackRole = (typeof PACK_ROLES)[number];

/** The folder for the side files of the model itself: its CID is that of the model's evidence. */
export const MODEL_FOLDER = 'model';
/** Of each parent a folder that is called by its own CID. */
export const ANCESTORS_FOLDER = 'ancestors';
/** What a store had to say. */
export const STORE_FOLDER = 'store';

/** Folders of files that were named, each of one role. */
export const NAMED_FOLDERS = {
  attestations: 'attestations',
  proof: 'proofs',
  checkpoints: 'checkpoints',
  transcript: 'transcripts',
  predictions: 'predictions',
} as const satisfies Partial<Record<PackRole, string>>;
export type NamedRole = keyof typeof NAMED_FOLDERS;

const SIDE_FILES = [
  ['.attestations.jsonl', 'attestations'],
  ['.manifest.jsonl', 'manifest'],
  ['.sig', 'signature'],
] as const;

const CID = /^bafybei[a-z2-7]{52}$/;

/** What a path in a pack says that the file is; undefined for the index, and for a path that no pack has. */
export function roleIn(path: string): PackRole | undefined {
  const [folder = '', ...rest] = path.split('/');
  const [first = '', second] = rest;
  if (folder === ANCESTORS_FOLDER) return rest.length === 2 && CID.test(first) ? sideFileRole(second ?? '') : undefined;
  if (rest.length !== 1) return undefined;
  if (folder === MODEL_FOLDER || folder === STORE_FOLDER) return sideFileRole(first);
  const named = Object.entries(NAMED_FOLDERS).find(([, name]) => name === folder);
  return named === undefined ? undefined : (named[0] as NamedRole);
}

const sideFileRole = (name: string): PackRole | undefined => SIDE_FILES.find(([ending]) => name.endsWith(ending))?.[1];
