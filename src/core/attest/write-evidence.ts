import { createHash } from 'node:crypto';
import path from 'node:path';
import { parseBundle, parseModelPredicate, parseStatement } from '../attestation/index.ts';
import { base64Encode, concatBytes, decodeUtf8, encodeUtf8 } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';
import {
  type EvidenceLocations,
  MAX_EVIDENCE_BYTES,
  readChunks,
  readIfPresent,
  splitLines,
  temporaryFolderFor,
  withLock,
  writeFileAtomic,
} from '../evidence/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { refuseOverwrite } from './existing.ts';

export interface EvidenceToWrite {
  readonly locations: EvidenceLocations;
  /** Undefined leaves `model.sig` as it is. */
  readonly signature: string | undefined;
  /** Lines for the attestations file, each without a final newline. */
  readonly lines: readonly string[];
  /** Undefined writes no manifest. */
  readonly manifest: { readonly sha256: string; readonly lines: () => Iterable<string> } | undefined;
  readonly force: boolean;
}

export interface EvidenceWritten {
  /** Base names of the files that changed. */
  readonly files: readonly string[];
  /** Lines that were not there yet. */
  readonly appended: number;
}

/**
 * Writes what `attest` made, under the lock of the attestations file: two that append at once lose nothing. Each file appears
 * whole or not at all; the signature comes last, so that a crash before it leaves evidence that is merely incomplete.
 *
 * @throws StemmaError WOULD_OVERWRITE for a manifest that an attestation names, WRITE_FAILED, SYMLINK_REFUSED, LOCK_TIMEOUT
 */
export async function writeEvidence(work: EvidenceToWrite, options: AbortOptions): Promise<EvidenceWritten> {
  const { locations } = work;
  return withLock(
    locations.attestations,
    async () => {
      const temporaryFolder = await temporaryFolderFor(path.dirname(locations.attestations));
      const write = { temporaryFolder };
      const files: string[] = [];
      const before =
        (await readIfPresent(locations.attestations, { maxBytes: MAX_EVIDENCE_BYTES })) ?? new Uint8Array();
      const present = splitLines(before).map(({ bytes }) => decodeUtf8(bytes).trim());
      const added = newLines(work.lines, present);
      if (
        work.manifest !== undefined &&
        (await needsWriting(work.manifest.sha256, locations.manifest, present, work.force))
      ) {
        await writeFileAtomic(locations.manifest, chunked(work.manifest.lines()), write);
        files.push(path.basename(locations.manifest));
      }
      if (added.length > 0) {
        const separator = before.length === 0 || before.at(-1) === 0x0a ? '' : '\n';
        await writeFileAtomic(
          locations.attestations,
          concatBytes(before, encodeUtf8(`${separator}${added.join('\n')}\n`)),
          write,
        );
        files.push(path.basename(locations.attestations));
      }
      if (work.signature !== undefined) {
        await writeFileAtomic(locations.signature, work.signature, write);
        files.push(path.basename(locations.signature));
      }
      return { files, appended: added.length };
    },
    options,
  );
}

/** A line whose payload and key are there already is not appended again, however its JSON is spelt (design §1.6). */
function newLines(lines: readonly string[], present: readonly string[]): string[] {
  const seen = new Set(present.map(identityOf));
  const added: string[] = [];
  for (const line of lines) {
    const id = identityOf(line);
    if (seen.has(id)) continue;
    seen.add(id);
    added.push(line);
  }
  return added;
}

function identityOf(line: string): string {
  try {
    const { material, envelope } = parseBundle(line, 'a line');
    const key = material.kind === 'publicKey' ? material.hint : undefined;
    if (key === undefined) return line;
    // A line that claims our key with another signature is another line: it may be a forgery that must not displace ours.
    return JSON.stringify([
      envelope.payloadType,
      key,
      base64Encode(envelope.payload),
      ...envelope.signatures.map(({ sig }) => base64Encode(sig)),
    ]);
  } catch (error) {
    if (isStemmaError(error)) return line;
    throw error;
  }
}

async function needsWriting(
  sha256: string,
  file: string,
  present: readonly string[],
  force: boolean,
): Promise<boolean> {
  const existing = await sha256OfFile(file);
  if (existing === sha256) return false;
  if (existing !== undefined && !force && present.some((line) => namesManifest(line, existing))) {
    refuseOverwrite(path.basename(file), 'an attestation beside it names exactly these bytes');
  }
  return true;
}

async function sha256OfFile(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of readChunks(file, { followLink: true })) hash.update(chunk);
  } catch (error) {
    if (isStemmaError(error) && error.code === 'PATH_NOT_FOUND') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

function namesManifest(line: string, sha256: string): boolean {
  try {
    return parseModelPredicate(parseStatement(parseBundle(line, 'a line').envelope)).manifest?.sha256 === sha256;
  } catch (error) {
    if (isStemmaError(error)) return false;
    throw error;
  }
}

/** One write per 64 KiB instead of one per line. */
async function* chunked(lines: Iterable<string>): AsyncGenerator<string> {
  let buffer = '';
  for (const line of lines) {
    buffer += line;
    if (buffer.length >= 65_536) {
      yield buffer;
      buffer = '';
    }
  }
  if (buffer !== '') yield buffer;
}
