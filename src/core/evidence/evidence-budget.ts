import { StemmaError } from '../errors/index.ts';
import { MAX_LINES_VERIFIED } from './read.ts';

/** Of all payloads together: as many as one may have. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
/** JSON values in all payloads together: an OMS statement that lists 250,000 files. */
export const MAX_EVIDENCE_VALUES = 1_000_000;

const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * What the lines of attestations that one run of `verify` reads may hold, and so what `attest` writes at most. Hostile input: each statement is within its own limits, and a file
 * of them would take gigabytes, since a value that is built takes many times its text.
 */
export class EvidenceBudget {
  #lines = 0;
  #bytes = 0;
  #values = 0;

  /**
   * Counts a line. What is refused does not count: a smaller one may still be admitted.
   *
   * @param payload of the line's bundle; undefined for a line that is none
   * @throws StemmaError TOO_LARGE where the run would hold too much with it
   */
  admit(payload: Uint8Array = new Uint8Array()): void {
    const bytes = this.#bytes + payload.length;
    if (this.#lines === MAX_LINES_VERIFIED) throw exhausted(`${MAX_LINES_VERIFIED} lines`);
    if (bytes > MAX_PAYLOAD_BYTES) throw exhausted(`${MAX_PAYLOAD_BYTES} bytes of statements`);
    const values = this.#values + valuesIn(payload);
    if (values > MAX_EVIDENCE_VALUES) throw exhausted(`${MAX_EVIDENCE_VALUES} values in statements`);
    this.#lines++;
    this.#bytes = bytes;
    this.#values = values;
  }
}

const exhausted = (limit: string): StemmaError =>
  new StemmaError('TOO_LARGE', `more evidence than one run reads: at most ${limit}`);

/** At least as many as the text has values, in one pass that builds nothing: commas and brackets within strings count too. */
export function valuesIn(payload: Uint8Array): number {
  let values = 1;
  for (const byte of payload) if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) values++;
  return values;
}
