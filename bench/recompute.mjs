import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { weightsIn } from './context.mjs';
import { warm } from './data.mjs';

const BLOCK = 8 * 1024 * 1024;

/** What computing a model again costs beside the hashing: against verifying the model and then its parent. */
export function rows({ attest, command, compare, model, pub }) {
  const parent = model('sharded');
  const row = (name, dtype, convert) => {
    const child = makeChild(`${parent}-${dtype}`, parent, dtype, convert);
    attest(child, '--base', `converted-from=${parent}`, '--no-parent-evidence');
    const verify = (folder, ...flags) => command('verify', folder, '--key', pub, '--quiet', ...flags);
    const both = [verify(child), verify(parent)].map(quoted).join(' && ');
    warm([...weightsIn(parent), ...weightsIn(child)]);
    const again = verify(child, '--recompute', '--parent', parent);
    return compare(name, 'verify of it and of its parent', '0.5', again, ['sh', '-c', both]);
  };
  return [
    row('verify --recompute, re-shard', 'F32', (block) => block),
    row('verify --recompute, cast to BF16', 'BF16', toBfloat16),
  ];
}

const quoted = (words) => words.map((word) => `'${word}'`).join(' ');

/** Truncation to 16 bits with rounding to nearest, ties to even; a NaN stays one. */
function toBfloat16(block) {
  const bits = new Uint32Array(block.buffer, block.byteOffset, block.length / 4);
  const words = Uint16Array.from(bits, (x) =>
    (x & 0x7fffffff) > 0x7f800000 ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16,
  );
  return new Uint8Array(words.buffer);
}

/** All tensors of the parent's files in one file, in another dtype; made once. */
function makeChild(folder, parent, dtype, convert) {
  const file = path.join(folder, 'model.safetensors');
  const mark = `${folder}.made`;
  if (existsSync(mark) && existsSync(file)) return folder;
  mkdirSync(folder, { recursive: true });
  const parts = weightsIn(parent).toSorted().map(readHeader);
  const entries = {};
  let at = 0;
  for (const { tensors } of parts) {
    for (const [name, { shape }] of Object.entries(tensors)) {
      const end = at + shape[0] * (dtype === 'F32' ? 4 : 2);
      entries[name] = { dtype, shape, data_offsets: [at, end] };
      at = end;
    }
  }
  const json = JSON.stringify(entries);
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const fd = openSync(file, 'w');
  writeSync(fd, length);
  writeSync(fd, header);
  for (const part of parts) for (const block of dataOf(part)) writeSync(fd, convert(block));
  closeSync(fd);
  writeFileSync(mark, '');
  return folder;
}

function readHeader(file) {
  const fd = openSync(file, 'r');
  const length = Buffer.alloc(8);
  readSync(fd, length);
  const start = 8 + Number(length.readBigUInt64LE());
  const json = Buffer.alloc(start - 8);
  readSync(fd, json);
  closeSync(fd);
  return { file, start, tensors: JSON.parse(json.toString()) };
}

function* dataOf({ file, start }) {
  const fd = openSync(file, 'r');
  const { size } = statSync(file);
  for (let at = start; at < size; at += BLOCK) {
    const block = new Uint8Array(Math.min(BLOCK, size - at));
    readSync(fd, block, 0, block.length, at);
    yield block;
  }
  closeSync(fd);
}
