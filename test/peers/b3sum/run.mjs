import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { machineProgram, rustProgram } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { opensslKey, readBundles, stemma } from '../support/stemma.mjs';
import { fileLeaf, root, segmentLeaf } from './trees.mjs';

export const title = 'b3sum and sha256sum agree with every digest under our roots';

const CHUNK = 16 * 1024 * 1024;
/** Around the block, chunk and subtree sizes of BLAKE3, and around one and several segments. */
const SIZES = [
  0,
  1,
  63,
  64,
  65,
  1023,
  1024,
  1025,
  65_536,
  1_048_577,
  CHUNK - 1,
  CHUNK,
  CHUNK + 1,
  2 * CHUNK + 8_388_611,
];

export function run(t) {
  const b3sum = rustProgram('b3sum', '1.8.7');
  machineProgram('sha256sum');
  const { key } = opensslKey(t.temp, 'signer', 'P-256');
  const files = write(t.temp);

  const sha256 = sums(
    'sha256sum',
    files.map((file) => path.join(t.temp, 'blake3', file.name)),
  );
  const fileTree = root(files.map(({ name, size }, index) => fileLeaf(name, size, sha256[index])));
  for (const [hash, program, code] of [
    ['blake3', b3sum, 0x1e],
    ['sha256', 'sha256sum', 0x12],
  ]) {
    const segments = files.flatMap(({ pieces }) => pieces);
    const digests = sums(
      program,
      segments.map(({ file }) => file),
    );
    const leaves = segments.map(({ name, offset, length }, index) =>
      segmentLeaf(name, offset, length, code, digests[index]),
    );

    const model = path.join(t.temp, hash);
    t.exits(stemma(['attest', model, '--key', key, '--digest', hash], { cwd: t.temp }), 0, `${hash}: stemma attest`);
    const { predicate } = statement(model);
    t.equal(predicate.fileTree.root, fileTree, `${hash}: the file tree over ${files.length} digests of sha256sum`);
    t.equal(
      predicate.segmentTree.root,
      root(leaves),
      `${hash}: the segment tree over ${leaves.length} digests of ${path.basename(program)}`,
    );

    const manifest = readFileSync(path.join(model, 'model.manifest.jsonl'), 'utf8');
    const absent = [...sha256, ...digests].filter((digest) => !manifest.includes(digest));
    t.equal(absent, [], `${hash}: the manifest lists each of them`);
    const [signed] = sums('sha256sum', [path.join(model, 'model.manifest.jsonl')]);
    t.equal(predicate.manifest?.sha256, signed, `${hash}: the statement names the manifest as sha256sum does`);
  }
}

/** The same files in two folders, one for each hash, and each cut into its segments elsewhere. */
function write(temp) {
  for (const folder of ['blake3', 'sha256', 'pieces']) mkdirSync(path.join(temp, folder));
  const files = SIZES.map((size) => {
    const name = `${String(size).padStart(9, '0')}.bin`;
    const bytes = createHash('shake256', { outputLength: Math.max(size, 1) })
      .update(name)
      .digest()
      .subarray(0, size);
    for (const folder of ['blake3', 'sha256']) writeFileSync(path.join(temp, folder, name), bytes);
    const pieces = [];
    for (let offset = 0; offset === 0 || offset < size; offset += CHUNK) {
      const file = path.join(temp, 'pieces', `${name}.${offset}`);
      const piece = bytes.subarray(offset, offset + CHUNK);
      writeFileSync(file, piece);
      pieces.push({ name, file, offset, length: piece.length });
    }
    return { name, size, pieces };
  });
  return files;
}

/** The digests that a program prints, `<hex>  <file>` a line, in the order of its arguments. */
function sums(program, files) {
  const lines = mustRun(program, files).trimEnd().split('\n');
  return lines.map((line) => line.slice(0, 64));
}

function statement(model) {
  const bundles = readBundles(path.join(model, 'model.attestations.jsonl'));
  return bundles.find((bundle) => bundle.statement.predicateType.endsWith('/model/v1')).statement;
}
