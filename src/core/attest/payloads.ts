import {
  buildModelStatement,
  buildOmsStatement,
  buildProvenanceStatement,
  type ProvenanceInput,
} from '../attestation/index.ts';
import { type LazyList, sha256 } from '../digest/index.ts';
import { type FileDigest, fileDigests, type ModelDigest } from '../model/index.ts';
import { ALWAYS_IGNORED } from './claims.ts';

export interface OmsSettings {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly ignored: readonly string[];
  readonly allowSymlinks: boolean;
}

/** The payload of `model.sig`: in a folder it leaves out the names of our side files, so that appending never breaks it. */
export function omsPayload(
  files: LazyList<FileDigest>,
  { name, kind, ignored, allowSymlinks }: OmsSettings,
): Uint8Array {
  const single = kind === 'file';
  return buildOmsStatement(
    {
      subjectName: name,
      files: files.map(({ path, sha256: digest }) => ({ path: single ? name : path, sha256: digest })),
      ignorePaths: single ? [] : [...ALWAYS_IGNORED, ...ignored],
      allowSymlinks,
    },
    sha256,
  );
}

/** The same for a model that `attest` digested. */
export function omsPayloadOf({ listing, plan, files, ignored }: ModelDigest, allowSymlinks: boolean): Uint8Array {
  const { name, kind } = listing;
  return omsPayload(fileDigests(plan, files), { name, kind, ignored, allowSymlinks });
}

export interface StatementSettings {
  readonly name: string;
  readonly allowSymlinks: boolean;
  /** SHA-256 of the manifest, where one is written. */
  readonly manifest: string | undefined;
}

/** The payload of the `model/v1` statement. */
export function modelPayload(model: ModelDigest, { name, allowSymlinks, manifest }: StatementSettings): Uint8Array {
  const { trees, ignored, opaque } = model;
  const { kind, files, bytes, formats, fileTree, segmentTree, tensorSets, digests } = trees;
  return buildModelStatement({
    name,
    digest: digests,
    predicate: {
      kind,
      files,
      bytes,
      formats: [...formats],
      fileTree: { ...fileTree, hash: 'sha256' },
      segmentTree,
      tensorSets: [...tensorSets],
      ...(manifest === undefined ? {} : { manifest: { sha256: manifest } }),
      ignored,
      opaque,
      allowSymlinks,
      digests: 'observed',
    },
  });
}

/** The payload of the training provenance. */
export function provenancePayload(
  { trees, ignored, opaque }: ModelDigest,
  input: Omit<ProvenanceInput, 'digest' | 'ignored' | 'opaque'>,
): Uint8Array {
  return buildProvenanceStatement({ ...input, digest: trees.digests, ignored, opaque });
}
