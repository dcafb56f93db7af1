import {
  buildDatasetStatement,
  type DatasetLink,
  type DatasetPredicate,
  type OptOutSignal,
} from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { digestDataset, digestSalted, listDataset, type SaltedTrees } from '../dataset/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { relativeTo, removeLeftovers, withLock } from '../evidence/index.ts';
import { type FileSet, locateModel, readLfsPointer } from '../model/index.ts';
import { type AttestDatasetOptions, requireDatasetOptions } from './dataset-options.ts';
import { refuseDatasetReuse, takeDatasetSecret } from './dataset-secret.ts';
import { readLineage } from './lineage.ts';
import { choosePlace, firstChoice } from './place.ts';
import { keepSecret, type SaltSecret } from './salt-secret.ts';
import { refuseSalted } from './salted-guard.ts';
import { signedLine } from './signed-line.ts';
import { requireReadable } from './statement-size.ts';
import { requireUnchanged } from './unchanged.ts';
import { type EvidenceWritten, writeEvidence } from './write-evidence.ts';

export interface AttestDatasetResult {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly files: number;
  /** Absent when salted. */
  readonly bytes?: number;
  /** Absent where nothing was cut into records. */
  readonly records?: number;
  readonly salted: boolean;
  /** Whether a new secret was written. */
  readonly newSecret: boolean;
  readonly digests: DigestSet;
  readonly signals: readonly OptOutSignal[];
  readonly derivedFrom: readonly { readonly name?: string; readonly digests: DigestSet }[];
  readonly signer: { readonly type: string; readonly fingerprint: string };
  /** Base names of the files that were written; empty where everything was there already. */
  readonly written: readonly string[];
  readonly appended: number;
  readonly copiedEvidence: number;
}

const NO_RECORDS = 'commit to whole files alone with --no-records';

/**
 * Attests a dataset (design §3, §4): reads every byte, and appends a `dataset/v1` statement to its attestations. Equal inputs give
 * equal bytes, and a statement that is there already is not written again.
 *
 * @throws StemmaError USAGE before any reading; MODEL_EMPTY, SYMLINK_REFUSED, LFS_POINTER, FILE_UNREADABLE, FILE_CHANGED,
 *   SECRET_INVALID, SECRET_REUSED, as `resolveParent`, and as `refuseSalted` without a secret; TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT, INTERRUPTED
 */
export async function attestDataset(options: AttestDatasetOptions): Promise<AttestDatasetResult> {
  const { signer, signal } = options;
  requireDatasetOptions(options);
  const located = await locateModel(options.dataset, { ignore: options.ignore, opaque: [] });
  const { root, kind, ignored } = located;
  const secret = options.secret === undefined ? undefined : await takeDatasetSecret(options.secret, located);
  const first = firstChoice(located, options.outputDir);
  const inside = kind === 'folder' && relativeTo(root, first.signature) !== undefined ? root : undefined;
  await withLock(first.signature, () => removeLeftovers(Object.values(first), inside), options);

  const { links, ancestors } = await readLineage(
    { ...options, bases: [], datasets: options.derivedFrom },
    'derived-dataset',
  );
  const derivedFrom = links.filter((link): link is DatasetLink => link.role === 'dataset');
  const { listing, set } = await listDataset(root, { ignored, signal });
  for (const warning of listing.warnings) options.onWarning?.(warning);
  refusePointers(set);
  // After the walk, which says better what is wrong with a folder; nothing is published before.
  if (secret === undefined) await refuseSalted(options.dataset, options);
  const name = options.name ?? listing.name;
  const trees = await digest(set, secret, options);
  const { digests, signals } = trees;
  const payload = buildDatasetStatement({
    name,
    digest: digests,
    predicate: predicateOf(trees, { ...options, derivedFrom, ignored }),
  });
  const line = await signedLine(payload, signer);
  requireReadable(line, NO_RECORDS);

  const work = async (): Promise<EvidenceWritten> => {
    const { locations } = await choosePlace(located, first, undefined, { ...options, force: false });
    await requireUnchanged(root, set, { ignored, allowSymlinks: false, signal });
    if (secret !== undefined) await refuseDatasetReuse(secret, rootOf(trees), locations.attestations);
    const kept = secret === undefined ? undefined : await keepSecret(secret);
    const evidence = { locations, inside: locations === first ? inside : undefined, lines: [line, ...ancestors] };
    try {
      return await writeEvidence({ ...evidence, signature: undefined, manifest: undefined, force: false }, { signal });
    } catch (error) {
      await kept?.discard();
      throw error;
    }
  };
  const { files: written, appended } = await withLock(first.signature, work, options);
  if (secret !== undefined && options.outputDir !== undefined)
    options.onWarning?.(
      `nothing with ${quote(listing.name)} says that it is salted: its plain digests are not kept from later attestations unless its attestations lie in it or beside it`,
    );
  const { type, fingerprint } = signer.publicKey;
  return {
    name,
    kind,
    files: trees.files,
    ...countsOf(trees),
    salted: isSalted(trees),
    newSecret: secret?.isNew ?? false,
    digests,
    signals,
    derivedFrom: derivedFrom.map((link) => ({
      ...(link.name === undefined ? {} : { name: link.name }),
      digests: link.digest,
    })),
    signer: { type, fingerprint },
    written,
    appended,
    copiedEvidence: ancestors.length,
  };
}

type Trees = Awaited<ReturnType<typeof digestDataset>> | SaltedTrees;

const isSalted = (trees: Trees): trees is SaltedTrees => 'saltedTree' in trees;
const rootOf = (trees: Trees): string => (isSalted(trees) ? trees.saltedTree.root : trees.fileTree.root);

function digest(set: FileSet, secret: SaltSecret | undefined, options: AttestDatasetOptions): Promise<Trees> {
  return secret === undefined ? digestDataset(set, options) : digestSalted(set, { ...options, secret: secret.bytes });
}

function countsOf(trees: Trees): { readonly bytes?: number; readonly records?: number } {
  if (isSalted(trees)) return { records: trees.records };
  const { bytes, recordTrees } = trees;
  return recordTrees === undefined
    ? { bytes }
    : { bytes, records: recordTrees.reduce((sum, { size }) => sum + size, 0) };
}

function predicateOf(
  trees: Trees,
  {
    licenses,
    sources,
    observedAt,
    derivedFrom,
    ignored,
  }: Pick<AttestDatasetOptions, 'licenses' | 'sources' | 'observedAt'> &
    Pick<DatasetPredicate, 'derivedFrom' | 'ignored'>,
): DatasetPredicate {
  const { kind, files, signals } = trees;
  const own = isSalted(trees)
    ? { recordFiles: trees.recordFiles, saltedTree: { ...trees.saltedTree, hash: 'sha256' as const } }
    : {
        fileTree: { ...trees.fileTree, hash: 'sha256' as const },
        ...(trees.recordTrees === undefined ? {} : { recordTrees: [...trees.recordTrees] }),
      };
  const optOut = {
    ...(observedAt === undefined ? {} : { observedAt: observedAt.toISOString() }),
    signals: [...signals],
  };
  return { kind, files, ...countsOf(trees), ...own, licenses, sources, optOut, derivedFrom, ignored };
}

/** @throws StemmaError LFS_POINTER: who signs a pointer means what it points to */
function refusePointers(set: FileSet): void {
  for (const file of set.files) {
    if (readLfsPointer(file) === undefined) continue;
    throw new StemmaError('LFS_POINTER', `${quote(file.path || set.name)} is a Git-LFS pointer, not the file itself`, {
      hint: 'fetch the file with `git lfs pull`',
      details: { path: file.path },
    });
  }
}
