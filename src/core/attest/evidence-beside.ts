import path from 'node:path';
import { type Bundle, INTOTO_PAYLOAD_TYPE, parseBundle, parseStatement, type Statement } from '../attestation/index.ts';
import { decodeUtf8, quote } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';
import {
  besideLocations,
  evidenceLocations,
  MAX_EVIDENCE_BYTES,
  readIfPresent,
  splitLines,
} from '../evidence/index.ts';
import { type ModelListing, SIDE_FILES } from '../model/index.ts';

/** A bundle found with a model, not authenticated: it is carried along and read for its file set, never believed. */
export interface FoundBundle {
  /** One line of JSON without a final newline. */
  readonly line: string;
  /** Absent where the payload is of another type or malformed. */
  readonly statement: Statement | undefined;
}

export interface EvidenceFile {
  /** By which it is called, and which tells its form: `.jsonl` is JSON Lines, anything else is one bundle. */
  readonly name: string;
  readonly location: string;
  /** Only a file that the user named may be reached through a link. */
  readonly named: boolean;
}

/**
 * The bundles in and beside a model, or in one evidence file. Malformed lines are left behind with a warning: a parent's broken
 * file must not keep its child from being attested.
 *
 * @throws StemmaError TOO_LARGE, FILE_UNREADABLE, NOT_A_REGULAR_FILE, SYMLINK_REFUSED
 */
export async function readEvidence(
  files: readonly EvidenceFile[],
  onWarning?: (message: string) => void,
): Promise<FoundBundle[]> {
  const found: FoundBundle[] = [];
  for (const file of files) {
    const bytes = await readIfPresent(file.location, { maxBytes: MAX_EVIDENCE_BYTES, followLink: file.named });
    if (bytes === undefined) continue;
    const name = quote(file.name);
    const pieces = file.name.endsWith('.jsonl') ? splitLines(bytes) : [{ number: 1, bytes }];
    for (const { number, bytes: piece } of pieces) {
      try {
        const bundle = parseBundle(piece, name);
        // A pretty-printed bundle becomes one line; its payload, which is what is signed, stays as it is.
        const line = piece.includes(0x0a) ? JSON.stringify(bundle.json) : decodeUtf8(piece).trim();
        found.push({ line, statement: statementOf(bundle) });
      } catch (error) {
        if (!isStemmaError(error)) throw error;
        onWarning?.(`${name} line ${number} is left out: ${error.message}`);
      }
    }
  }
  return found;
}

/** An evidence file that the user named. */
export function namedEvidence(file: string): EvidenceFile {
  return { name: path.basename(file), location: file, named: true };
}

/** Where a model's evidence lies by default, in reading order. */
export function evidenceFiles({ root, kind, files }: ModelListing): EvidenceFile[] {
  const { signature, attestations } = evidenceLocations(root, kind);
  const at = (location: string, name = path.basename(location)): EvidenceFile => ({ name, location, named: false });
  if (kind === 'file') return [at(signature), at(attestations)];
  // In a Hugging Face snapshot a side file is a link to a blob; the walk has resolved and checked it.
  const inside = [SIDE_FILES.signature, SIDE_FILES.attestations].flatMap((name) => {
    const file = files.named(name);
    return file === undefined ? [] : [at(file.location, name)];
  });
  return [...inside, at(besideLocations(root).attestations)];
}

function statementOf(bundle: Bundle): Statement | undefined {
  if (bundle.envelope.payloadType !== INTOTO_PAYLOAD_TYPE) return undefined;
  try {
    return parseStatement(bundle.envelope);
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}
