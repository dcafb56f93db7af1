import path from 'node:path';
import { INTOTO_PAYLOAD_TYPE, parseBundle, parseStatement, type Statement } from '../attestation/index.ts';
import { decodeUtf8, quote } from '../bytes/index.ts';
import { MAX_EVIDENCE_BYTES, readSmallFile, splitLines } from '../evidence/index.ts';
import { isMalformed } from './proof.ts';
import { type SignedTree, signedTrees } from './signed-tree.ts';

/** A statement of an attestations file, unauthenticated: whoever checks a proof decides whom to believe. */
export interface EvidenceLine {
  /** In the file, from 1. */
  readonly line: number;
  /** The bundle or envelope as it stands there. */
  readonly text: string;
  readonly statement: Statement;
  /** None for a type that has no tree to prove from. */
  readonly trees: readonly SignedTree[];
}

/**
 * Reads the statements of an attestations file (JSON Lines), or the one bundle of a file with another name. Lines that are not
 * what they should be are left out with a warning: others may stand beside them.
 *
 * @throws StemmaError PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE, TOO_LARGE
 */
export async function readEvidence(file: string, warn: (message: string) => void): Promise<readonly EvidenceLine[]> {
  const bytes = await readSmallFile(file, { maxBytes: MAX_EVIDENCE_BYTES, followLink: true });
  const name = path.basename(file);
  const lines = file.endsWith('.jsonl') ? splitLines(bytes) : [{ number: 1, bytes }];
  return lines.flatMap(({ number, bytes: line }) => {
    try {
      const { envelope } = parseBundle(line, `line ${number}`);
      if (envelope.payloadType !== INTOTO_PAYLOAD_TYPE) return [];
      const statement = parseStatement(envelope);
      return [{ line: number, text: decodeUtf8(line), statement, trees: signedTrees(statement) }];
    } catch (error) {
      if (!isMalformed(error)) throw error;
      warn(`line ${number} of ${quote(name)} is left out: ${error.message}`);
      return [];
    }
  });
}
