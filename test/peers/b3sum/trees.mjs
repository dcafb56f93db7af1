import { createHash } from 'node:crypto';

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** The leaf data of docs/formats/model-trees.md, from digests in hex. */
export function fileLeaf(name, size, digest) {
  return Buffer.concat([Buffer.from('stemma/file/v1\0'), text(name), u64(size), Buffer.from(digest, 'hex')]);
}

export function segmentLeaf(name, offset, length, code, digest) {
  const multihash = Buffer.concat([Buffer.from([code, 32]), Buffer.from(digest, 'hex')]);
  return Buffer.concat([Buffer.from('stemma/segment/v1\0'), text(name), u64(offset), u64(length), multihash]);
}

/** The RFC 9162 root in hex over at least one leaf. */
export function root(leaves) {
  return subtree(leaves.map((leaf) => sha256(LEAF, leaf))).toString('hex');
}

function subtree(hashes) {
  if (hashes.length === 1) return hashes[0];
  let left = 1;
  while (left * 2 < hashes.length) left *= 2;
  return sha256(NODE, subtree(hashes.slice(0, left)), subtree(hashes.slice(left)));
}

function text(name) {
  const bytes = Buffer.from(name);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
