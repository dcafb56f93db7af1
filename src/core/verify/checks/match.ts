import type { OmsResource, OmsStatement } from '../../attestation/index.ts';
import { compareUtf8, equalBytes, hexEncode } from '../../bytes/index.ts';
import { compareDigestSets, type DigestSet, type HashName, type LazyList } from '../../digest/pure.ts';
import type { FileChange } from '../report.ts';
import { ResourcesByPath } from './resources-by-path.ts';

/**
 * What comparing a statement with the bytes came to. `contradicts`: one key agrees and another does not, or the statement is
 * about this model and differs. `different`: nothing agrees, so it may be about another model. `refused`: the folder holds what
 * no statement may cover, such as a symbolic link.
 */
export interface MatchResult {
  readonly outcome: 'match' | 'contradicts' | 'different' | 'unknown' | 'skip' | 'unavailable' | 'malformed';
  readonly message: string;
  readonly changes: readonly FileChange[];
  /** Paths that the statement covers and that agree; only with `match`. */
  readonly covered: { has(path: string): boolean };
  /** The keys that were recomputed, with the values found. */
  readonly observed: DigestSet;
  /** With `contradicts`: the bytes are those that the statement is about, and yet not all that it says of them is true. */
  readonly mixed?: boolean;
}

/** A file as it was read in this run. */
export interface ObservedFile {
  readonly path: string;
  readonly size: number;
  readonly whole: Partial<Record<HashName, Uint8Array>>;
}

/** Compares a subject's DigestSet with the keys that this run recomputed (design §3, matching). */
export function matchDigests(
  subject: DigestSet,
  observed: DigestSet,
  kind: 'folder' | 'file',
): Pick<MatchResult, 'outcome' | 'message' | 'mixed'> {
  const { kind: result, equal, unequal } = compareDigestSets(subject, observed, kind === 'file');
  const recomputed = Object.keys(observed).join(', ');
  switch (result) {
    case 'match':
      return { outcome: 'match', message: `${equal.join(', ')} recomputed and equal` };
    case 'contradiction':
      return {
        outcome: 'contradicts',
        mixed: true,
        message: `${equal.join(', ')} equal, but ${unequal.join(', ')} differ: the keys do not belong to the same bytes`,
      };
    case 'different':
      return { outcome: 'different', message: `${unequal.join(', ')} recomputed and different` };
    case 'names-not-bound':
      return {
        outcome: 'unknown',
        message: 'names not bound: sha256 of a folder alone says nothing about its file names',
      };
    case 'no-common-key':
      return {
        outcome: 'unknown',
        message: `no digest in common: the statement has ${Object.keys(subject).join(', ')}, this run recomputed ${recomputed || 'none'}`,
      };
  }
}

export interface OmsMatchOptions {
  /** The folder's files in the statement's own file set; for a single-file model, that file. */
  readonly files: LazyList<ObservedFile>;
  readonly kind: 'folder' | 'file';
  /** Digests of the shards of a file, by offset. */
  readonly shardDigests: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Whether a listed path is left out by the caller's `--ignore`. */
  readonly isIgnored: (path: string) => boolean;
  readonly ignoreUnsigned: boolean;
}

export interface OmsMatch {
  readonly changes: readonly FileChange[];
  readonly covered: ReadonlySet<string>;
  /** Files that the statement does not list and that `--ignore-unsigned-files` let pass. */
  readonly unsigned: readonly string[];
}

/** Compares an OMS statement's resources with the folder, file by file (OMS v1.0 §6; design §3). */
export function matchOms(oms: OmsStatement, options: OmsMatchOptions): OmsMatch {
  const listed = new ResourcesByPath(oms, options.kind);
  const changes: FileChange[] = [];
  const covered = new Set<string>();
  const unsigned: string[] = [];
  const added = new Map<string, ObservedFile>();
  const present = new Set<string>();
  for (const file of options.files) {
    const { path } = file;
    const resources = listed.of(path);
    if (resources.length > 0) {
      present.add(path);
      if (options.isIgnored(path)) continue;
      const { equal, actual } = compareFile(file, resources, options.shardDigests.get(path));
      if (equal) covered.add(path);
      else changes.push({ path, change: 'changed', expected: describe(resources), found: actual });
      // A shard list leaves empty files out, so it cannot tell whether one was added (model-transparency#653): not covered.
    } else if (options.ignoreUnsigned || (oms.method === 'shards' && file.size === 0)) unsigned.push(path);
    else {
      changes.push({ path, change: 'added' });
      added.set(path, file);
    }
  }
  for (const path of listed.paths()) {
    if (present.has(path) || options.isIgnored(path)) continue;
    changes.push({ path, change: 'missing', expected: describe(listed.of(path)) });
  }
  return { changes: withRenames(changes, added), covered, unsigned };
}

function compareFile(
  file: ObservedFile,
  resources: readonly OmsResource[],
  shards: readonly Uint8Array[] | undefined,
): { readonly equal: boolean; readonly actual: string } {
  const [first] = resources;
  if (first === undefined) return { equal: false, actual: 'nothing' };
  if (first.shard === undefined) {
    const digest = file.whole[first.hash];
    return {
      equal: digest !== undefined && equalBytes(digest, first.digest),
      actual: digest === undefined ? 'unread' : hexEncode(digest),
    };
  }
  const covers = resources.at(-1)?.shard?.end === file.size;
  const equal =
    covers && shards !== undefined && resources.every(({ digest }, i) => equalBytes(shards[i] as Uint8Array, digest));
  return { equal, actual: covers ? 'other shards' : `${file.size} bytes` };
}

const describe = (resources: readonly OmsResource[]): string =>
  resources.length === 1 && resources[0]?.shard === undefined
    ? hexEncode((resources[0] as OmsResource).digest)
    : `${resources.length} shards`;

/** A listed file that is gone and an unlisted one with the same SHA-256 is one renaming, and reads better so. */
export function withRenames(changes: readonly FileChange[], files: ReadonlyMap<string, ObservedFile>): FileChange[] {
  const added = new Map<string, FileChange>();
  for (const change of changes) {
    const digest = change.change === 'added' ? files.get(change.path)?.whole.sha256 : undefined;
    if (digest !== undefined) added.set(hexEncode(digest), change);
  }
  const merged = new Set<FileChange>();
  const out: FileChange[] = [];
  for (const change of changes) {
    const target =
      change.change === 'missing' && change.expected !== undefined ? added.get(change.expected) : undefined;
    if (target === undefined || merged.has(target)) {
      if (change.change !== 'added') out.push(change);
      continue;
    }
    merged.add(target);
    out.push({ path: target.path, change: 'renamed', from: change.path });
  }
  for (const change of changes) if (change.change === 'added' && !merged.has(change)) out.push(change);
  return out.toSorted((a, b) => compareUtf8(a.path, b.path));
}
