/** Files of a dataset whose lines are its records (design §3); by name, in exact bytes. */
const RECORD_ENDINGS = ['.jsonl', '.ndjson', '.csv', '.tsv', '.txt'] as const;

/** @param name path or base name */
export function isRecordFile(name: string): boolean {
  return RECORD_ENDINGS.some((ending) => name.endsWith(ending));
}
