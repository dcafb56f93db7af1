import path from 'node:path';
import { concatBytes, encodeUtf8 } from '../bytes/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import {
  type EvidenceLocations,
  MAX_EVIDENCE_BYTES,
  readIfPresent,
  type StagedFile,
  splitLines,
  stageFile,
  temporaryFolderFor,
} from '../evidence/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { type ManifestToWrite, manifestContent, needsManifest } from './manifest.ts';
import { newLines } from './new-lines.ts';
import { requireVerified } from './statement-size.ts';

export interface EvidenceToWrite {
  readonly locations: EvidenceLocations;
  /** The model's folder where the locations lie in it. */
  readonly inside: string | undefined;
  /** Undefined leaves `model.sig` as it is. */
  readonly signature: string | undefined;
  /** Lines for the attestations file, each without a final newline. */
  readonly lines: readonly string[];
  /** Undefined writes no manifest. */
  readonly manifest: ManifestToWrite | undefined;
  readonly force: boolean;
}

export interface EvidenceWritten {
  /** Base names of the files that changed. */
  readonly files: readonly string[];
  /** Lines that were not there yet. */
  readonly appended: number;
}

/**
 * Writes what `attest` made; the caller holds the lock. All files are written under temporary names before the first is put in
 * place, so that a full disk or Ctrl-C leaves everything as it was. The signature comes last: a crash before it leaves evidence
 * that is merely incomplete.
 *
 * @throws StemmaError WOULD_OVERWRITE for a manifest that an attestation names; TOO_LARGE, WRITE_FAILED, SYMLINK_REFUSED,
 *   INTERRUPTED
 */
export async function writeEvidence(work: EvidenceToWrite, { signal }: AbortOptions): Promise<EvidenceWritten> {
  const { locations, manifest } = work;
  const before = (await readIfPresent(locations.attestations, { maxBytes: MAX_EVIDENCE_BYTES })) ?? new Uint8Array();
  const present = splitLines(before).map(({ bytes }) => bytes);
  const added = newLines(work.lines, present);
  const after = appended(before, added);
  if (added.length > 0) requireVerified(path.basename(locations.attestations), after);
  const staged: StagedFile[] = [];
  const stage = async (file: string, content: Parameters<typeof stageFile>[1]): Promise<void> => {
    staged.push(await stageFile(file, content, { temporaryFolder: await temporaryFolderFor(file, work.inside) }));
  };
  try {
    if (manifest !== undefined && (await needsManifest(manifest, locations.manifest, present, work.force))) {
      await stage(locations.manifest, manifestContent(manifest, signal));
    }
    if (added.length > 0) await stage(locations.attestations, after);
    if (work.signature !== undefined) await stage(locations.signature, work.signature);
    throwIfAborted(signal);
    const files: string[] = [];
    for (let next = staged[0]; next !== undefined; next = staged[0]) {
      await next.commit();
      files.push(next.name);
      staged.shift();
    }
    return { files, appended: added.length };
  } finally {
    for (const left of staged) await left.discard();
  }
}

function appended(before: Uint8Array, added: readonly string[]): Uint8Array {
  const separator = before.length === 0 || before.at(-1) === 0x0a ? '' : '\n';
  return concatBytes(before, encodeUtf8(added.length === 0 ? '' : `${separator}${added.join('\n')}\n`));
}
