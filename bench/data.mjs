import { createCipheriv } from 'node:crypto';
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

const MIB = 1024 * 1024;

/** Pseudo-random bytes by AES-CTR: incompressible, the same in every run, and others for each seed: equal shards share blocks. */
function* randomBlocks(bytes, seed) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed + 7), Buffer.alloc(16, 9));
  const zeros = Buffer.alloc(8 * MIB);
  for (let left = bytes; left > 0; left -= zeros.length)
    yield cipher.update(zeros.subarray(0, Math.min(left, zeros.length)));
}

/** A safetensors file of `count` F32 tensors of equal size, together `bytes` of data. */
function writeSafetensors(file, { count, bytes, first = 0, sparse = false }) {
  const each = bytes / count;
  const entries = Array.from({ length: count }, (_, i) => {
    const name = `layers.${String(first + i).padStart(4, '0')}.weight`;
    return [name, { dtype: 'F32', shape: [each / 4], data_offsets: [i * each, (i + 1) * each] }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const fd = openSync(file, 'w');
  writeSync(fd, length);
  writeSync(fd, header);
  if (sparse) ftruncateSync(fd, 8 + header.length + bytes);
  else for (const block of randomBlocks(bytes, first)) writeSync(fd, block);
  closeSync(fd);
}

/** Raised where other bytes are made, so that what an earlier version made is made again. */
const VERSION = 2;

/** A model folder, made once: `shards` files with `tensors` tensors in all. */
export function makeModel(folder, { shards, tensors, bytes, sparse = false }) {
  const mark = path.join(path.dirname(folder), `.${path.basename(folder)}.made-${VERSION}`);
  if (existsSync(mark) && existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), '{"model_type":"benchmark"}\n');
  const perShard = tensors / shards;
  const map = {};
  for (let i = 0; i < shards; i++) {
    const name =
      shards === 1
        ? 'model.safetensors'
        : `model-${String(i + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`;
    writeSafetensors(path.join(folder, name), { count: perShard, bytes: bytes / shards, first: i * perShard, sparse });
    for (let j = 0; j < perShard; j++) map[`layers.${String(i * perShard + j).padStart(4, '0')}.weight`] = name;
  }
  if (shards > 1) {
    const index = { metadata: { total_size: bytes }, weight_map: map };
    writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
  }
  writeFileSync(mark, '');
  return folder;
}

/** Brings files into the page cache, so that what is timed is hashing and not the disk. */
export function warm(files) {
  const buffer = Buffer.alloc(8 * MIB);
  for (const file of files) {
    const fd = openSync(file, 'r');
    while (readSync(fd, buffer) > 0);
    closeSync(fd);
  }
}
