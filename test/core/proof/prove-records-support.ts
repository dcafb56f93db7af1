import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ProvedRecords } from '../../../src/core/proof/index.ts';
import { tempFolder } from '../verify/support.ts';
import { check, type ListedLog, lineOf, provenance, signed, text, treeOf, writeLines } from './support.ts';

/** A log with these records and an attestations file that commits to it. */
export async function attested(
  records: readonly (string | Uint8Array)[],
  listed: Partial<ListedLog> = {},
): Promise<{ readonly file: string; readonly attestations: string }> {
  const folder = tempFolder();
  const bytes = records.map((record) => (typeof record === 'string' ? text(record) : record));
  const file = path.join(folder, 'train.jsonl');
  writeFileSync(file, Buffer.concat(bytes));
  const log = { name: 'train.jsonl', size: bytes.length, root: treeOf(bytes).root(), ...listed };
  return { file, attestations: writeLines(path.join(folder, 'a.jsonl'), [await signed(provenance([log]))]) };
}

export const resultOf = async ({ proofs }: ProvedRecords): Promise<string> =>
  (await check(proofs.map(lineOf).join(''))).result;
