import { comparePathComponents, compareUtf8, hexEncode, joinBytes } from '../bytes/index.ts';
import type { DigestSet } from '../digest/pure.ts';
import type { HashFunction } from '../merkle/index.ts';
import type { OmsResources } from './oms-resources.ts';
import type { OmsResource, OmsStatement } from './oms-statement.ts';

/** OMS v1.0 §6.5: SHA-256 over the raw digests in the order given, whatever algorithm made them. Binds no names. */
export function omsRoot(sha256: HashFunction, digests: Iterable<Uint8Array>): Uint8Array {
  return sha256(joinBytes([...digests]));
}

/**
 * The DigestSet that an OMS statement gives a model when it stands for a reference (design §3): the file's own SHA-256 for a
 * single file, else the root in code-point order, whatever order its signer listed. Undefined where the statement has no
 * whole-file SHA-256 (shards, BLAKE2b, BLAKE3).
 */
export function omsDigestSet(sha256: HashFunction, oms: OmsStatement): DigestSet | undefined {
  const first = oms.resources.at(0);
  if (oms.method !== 'files' || first?.hash !== 'sha256') return undefined;
  if (oms.singleFile) return { sha256: hexEncode(first.digest) };
  const sorted = omsOrder(oms.resources) === 'code-point' ? [oms.resources.digests] : inCodePointOrder(oms.resources);
  return { sha256: hexEncode(omsRoot(sha256, sorted)) };
}

function inCodePointOrder(resources: OmsResources): Uint8Array[] {
  return resources
    .map((resource) => resource)

    .toSorted((a, b) => compareUtf8(a.name, b.name))
    .map(({ digest }) => digest);
}

/** The orders in which signers list resources. */
export type OmsOrder = 'code-point' | 'python' | 'other';

/**
 * Which order a list is in: by name in code points (OMS v1.0 §6.4, Go; a shard's name is `path:start:end`), or as Python's
 * model_signing sorts, by path component and numeric offset. A list in both orders is in code-point order.
 */
export function omsOrder(resources: Iterable<OmsResource>): OmsOrder {
  if (isSorted(resources, (a, b) => compareUtf8(listedName(a), listedName(b)))) return 'code-point';
  return isSorted(resources, comparePython) ? 'python' : 'other';
}

/** A resource's name as the statement lists it. */
export function listedName({ name, shard }: OmsResource): string {
  return shard === undefined ? name : `${name}:${shard.start}:${shard.end}`;
}

function comparePython(a: OmsResource, b: OmsResource): number {
  return comparePathComponents(a.name, b.name) || (a.shard?.start ?? 0) - (b.shard?.start ?? 0);
}

function isSorted(list: Iterable<OmsResource>, compare: (a: OmsResource, b: OmsResource) => number): boolean {
  let previous: OmsResource | undefined;
  for (const item of list) {
    if (previous !== undefined && compare(previous, item) > 0) return false;
    previous = item;
  }
  return true;
}
