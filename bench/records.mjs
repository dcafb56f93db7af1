/**
 * Rows about log trees, and their two processes: `node bench/records.mjs tree FILE THREADS` digests a log as `stemma` does, its SHA-256
 * included; `node bench/records.mjs bare RECORDS ENCODING` makes as many one-shot hash calls as its tree has leaves and nodes.
 */
import { hash } from 'node:crypto';
import { closeSync, existsSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { warm } from './data.mjs';
import { proofRows } from './proof.mjs';

const RECORDS = 10_000_000;
const RECORD_BYTES = 120;
/** `0x00` and the tag of a record, `stemma/record/v1` and a NUL. */
const LEAF_START = 18;
const NODE_BYTES = 65;
/** A log of any size is digested in so much memory. */
const MEMORY = { memory: '300 MB' };

/** A log tree against the hash calls that it is made of, on one thread; a proof of one of its records. */
export async function rows(context) {
  const { data, compare, cores } = context;
  const log = makeLog(path.join(data, 'train.jsonl'), RECORDS);
  warm([log]);
  const script = [process.execPath, import.meta.filename];
  const ours = (jobs) => [...script, 'tree', log, String(jobs)];
  // A digest comes out of Node as a Buffer, or faster as a string of one character a byte.
  const hashCalls = (encoding) => [...script, 'bare', String(RECORDS), encoding];
  return [
    compare(
      'log tree, 10 million records',
      'as many bare hash calls, one thread',
      '0.85',
      ours(1),
      hashCalls('buffer'),
      MEMORY,
    ),
    compare('log tree, 10 million records', 'the same calls, into strings', '-', ours(1), hashCalls('binary')),
    compare('log tree, 10 million records, all threads', 'the same, one thread', '1.2', ours(cores), ours(1), MEMORY),
    ...proofRows(context, log, RECORDS),
  ];
}

/** A log of JSON lines, each of 120 bytes and none like another; made once. */
export function makeLog(file, records) {
  if (existsSync(file) && statSync(file).size === records * RECORD_BYTES) return file;
  const fd = openSync(file, 'w');
  const batch = 100_000;
  for (let first = 0; first < records; first += batch) {
    let text = '';
    for (let step = first; step < Math.min(first + batch, records); step++) {
      text += `${`{"step":${step},"loss":${(1 / (step + 1)).toFixed(12)},"text":"`.padEnd(RECORD_BYTES - 3, 'x')}"}\n`;
    }
    writeSync(fd, text);
  }
  closeSync(fd);
  return file;
}

async function tree(file, jobs) {
  const { digestLog } = await import('../dist/core/index.js');
  const { size } = await digestLog(file, { jobs });
  if (size * RECORD_BYTES !== statSync(file).size) throw new Error(`${path.basename(file)}: ${size} records`);
}

function bare(records, encoding) {
  const leaf = Buffer.alloc(LEAF_START + RECORD_BYTES, 'x');
  const node = Buffer.alloc(NODE_BYTES, 'x');
  for (let i = 0; i < records; i++) {
    hash('sha256', leaf, encoding);
    hash('sha256', node, encoding);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , what, operand, option] = process.argv;
  if (what === 'tree') await tree(operand, Number(option));
  else bare(Number(operand), option);
}
