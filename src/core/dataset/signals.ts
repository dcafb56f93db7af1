import { type OptOutSignal, SIGNAL_FIELDS, SIGNAL_FILES } from '../attestation/index.ts';
import { compareUtf8 } from '../bytes/index.ts';
import type { FileSet, ModelFile } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { LineReader } from './line-reader.ts';
import { readFile } from './read-file.ts';
import { type RecordReader, readJsonRecord, tableReader } from './signal-values.ts';

/** Any spelling of one of SIGNAL_FIELDS; what may be one is then read. */
const HINT = /no(?:image)?ai|tdm[-_]res|x[-_]robots|content[-_](?:usage|signal)/i;
/** Longer than any match. */
const OVERLAP = 32;
const MAX_LINE_BYTES = 1024 * 1024;
/** Hostile input: so many values of one field are told apart. */
const MAX_VALUES = 16;

/** Says of a stream whether it may hold a field that reserves rights, at a fraction of the cost of reading its records. */
export class SignalHint {
  #tail = '';
  #found = false;

  get found(): boolean {
    return this.#found;
  }

  push(chunk: Uint8Array): void {
    if (this.#found) return;
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    this.#found = HINT.test(this.#tail + text.slice(0, OVERLAP)) || HINT.test(text);
    this.#tail = (this.#tail + text.slice(-OVERLAP)).slice(-OVERLAP);
  }
}

/** The reader of a file's records; undefined for text without fields. */
export function recordReaderOf(name: string): RecordReader | undefined {
  if (name.endsWith('.jsonl') || name.endsWith('.ndjson')) return readJsonRecord;
  if (name.endsWith('.csv')) return tableReader(',');
  return name.endsWith('.tsv') ? tableReader('\t') : undefined;
}

/** Reservations of rights as found in a dataset's own files and records (docs/formats/dataset.md). Nothing is looked up elsewhere. */
export class Signals {
  readonly #files = new Map<(typeof SIGNAL_FILES)[number], number>();
  readonly #records = new Map<(typeof SIGNAL_FIELDS)[number], Map<string, number>>();

  /** Counts the policy files, by their base names. */
  addFiles({ files, name }: FileSet): void {
    for (const { path } of files) {
      const base = (path || name).split('/').at(-1);
      const signal = SIGNAL_FILES.find((file) => file === base);
      if (signal !== undefined) this.#files.set(signal, (this.#files.get(signal) ?? 0) + 1);
    }
  }

  /**
   * Counts what the records of one file say.
   *
   * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED, INTERRUPTED
   */
  async addRecords(file: ModelFile, name: string, read: RecordReader, options: AbortOptions): Promise<void> {
    const lines = new LineReader(MAX_LINE_BYTES, (line) => {
      for (const [field, value] of read(line)) this.#count(field, value);
    });
    await readFile(file, name, (chunk) => lines.push(chunk), options);
    lines.finish();
  }

  /** Sorted by signal, then by value. */
  list(): OptOutSignal[] {
    const files = SIGNAL_FILES.flatMap((signal) => {
      const count = this.#files.get(signal);
      return count === undefined ? [] : [{ signal, files: count }];
    });
    const records = SIGNAL_FIELDS.flatMap((signal) =>
      [...(this.#records.get(signal) ?? [])]
        .toSorted(([a], [b]) => compareUtf8(a, b))
        .map(([value, count]) => ({ signal, value, records: count })),
    );
    return [...files, ...records].toSorted((a, b) => compareUtf8(a.signal, b.signal));
  }

  #count(field: (typeof SIGNAL_FIELDS)[number], value: string): void {
    const values = this.#records.get(field) ?? new Map<string, number>();
    this.#records.set(field, values);
    const told = values.has(value) || values.size < MAX_VALUES ? value : 'other';
    values.set(told, (values.get(told) ?? 0) + 1);
  }
}
