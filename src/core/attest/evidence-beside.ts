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

/** A bundle found with a model, not authenticated: it is carried along and read for its file set, never believed. */
export interface FoundBundle {
  /** One line of JSON without a final newline. */
  readonly line: string;
  /** Absent where the payload is of another type or malformed. */
  readonly statement: Statement | undefined;
}

/**
 * The bundles in and beside a model, or in one evidence file. Malformed lines are left behind with a warning: a parent's broken
 * file must not keep its child from being attested.
 *
 * @throws StemmaError TOO_LARGE, FILE_UNREADABLE, NOT_A_REGULAR_FILE
 */
export async function readEvidence(
  files: readonly string[],
  onWarning?: (message: string) => void,
): Promise<FoundBundle[]> {
  const found: FoundBundle[] = [];
  for (const file of files) {
    const bytes = await readIfPresent(file, { maxBytes: MAX_EVIDENCE_BYTES, followLink: true });
    if (bytes === undefined) continue;
    const name = quote(path.basename(file));
    const pieces = file.endsWith('.jsonl') ? splitLines(bytes) : [{ number: 1, bytes }];
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

/** Where a model's evidence lies by default, in reading order. */
export function evidenceFiles(root: string, kind: 'folder' | 'file'): string[] {
  const { signature, attestations } = evidenceLocations(root, kind);
  return kind === 'folder' ? [signature, attestations, besideLocations(root).attestations] : [signature, attestations];
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
