import { decodeHex, hexEncode, pathProblem, quote } from '../bytes/index.ts';
import { digestLength, type HashName } from '../digest/pure.ts';
import { StemmaError } from '../errors/index.ts';
import type { HashFunction } from '../merkle/index.ts';
import { JsonFields, malformed } from './json-fields.ts';
import { parseLegacyOms } from './oms-history.ts';
import { readIgnorePaths } from './oms-ignore.ts';
import { listedName, omsOrder, omsRoot } from './oms-order.ts';
import { type OmsResources, ResourceReader } from './oms-resources.ts';
import { checkShardCover, splitShardName } from './oms-shards.ts';
import {
  isOmsPredicateType,
  OMS_LEGACY_PREDICATE_TYPE,
  OMS_PREDICATE_TYPE,
  type OmsResource,
  type OmsStatement,
} from './oms-statement.ts';
import type { Statement } from './statement.ts';

/** More than a statement of `MAX_BUNDLE_BYTES` can list. */
const MAX_RESOURCES = 1_000_000;
/** `blake2` is how Python's API spells BLAKE2b-512. */
const HASHES: ReadonlyMap<string, HashName> = new Map([
  ['sha256', 'sha256'],
  ['blake2b', 'blake2b'],
  ['blake2', 'blake2b'],
  ['blake3', 'blake3'],
]);

interface Serialization {
  readonly method: 'files' | 'shards';
  readonly hash: HashName;
  readonly shardSize: number | undefined;
}

/**
 * Reads an OMS statement (OMS v1.0 §5 and §6; docs/formats/oms.md lists what is read leniently). Its names are canonical paths,
 * unique, its digests of the right length, its shards cover their files, and its subject is SHA-256 over its digests in listed
 * order; anything else is malformed, signed or not.
 *
 * @throws StemmaError OMS_INVALID with the JSON pointer
 */
export function parseOms(statement: Statement, sha256: HashFunction): OmsStatement {
  const { predicateType, subject } = statement;
  if (!isOmsPredicateType(predicateType))
    throw malformed('OMS_INVALID', '/predicateType', 'expected an OMS predicate type, found another');
  if (predicateType === OMS_LEGACY_PREDICATE_TYPE) return parseLegacyOms(statement, sha256);
  const [model] = subject;
  if (model === undefined || subject.length !== 1)
    throw malformed('OMS_INVALID', '/subject', `expected one subject, found ${subject.length}`);
  if (model.name === undefined || model.name === '')
    throw malformed('OMS_INVALID', '/subject/0/name', 'expected the name of the model, found none');
  const predicate = JsonFields.of(statement.predicate, '/predicate', 'OMS_INVALID');
  const settings = predicate.object('serialization');
  const serialization = parseSerialization(settings);
  const resources = parseResources(predicate, serialization);
  checkResources(resources, serialization);
  const root = hexEncode(omsRoot(sha256, [resources.digests]));
  if (model.digest['sha256'] !== root) {
    throw malformed(
      'OMS_INVALID',
      '/subject/0/digest',
      `expected sha256 ${root} over the listed digests, found another root`,
    );
  }
  const ignored = readIgnorePaths(settings);
  const names = new Set(resources.map(({ name }) => name));
  return {
    subjectName: model.name,
    recordedRoot: root,
    resources,
    method: serialization.method,
    ...(serialization.shardSize === undefined ? {} : { shardSize: serialization.shardSize }),
    allowSymlinks: settings.boolean('allow_symlinks'),
    ignorePaths: ignored.paths,
    singleFile: names.size === 1 && (names.has('.') || names.has(model.name)),
    notes: [
      ...versionNotes(predicateType),
      ...orderNotes(resources),
      ...(names.has('.') ? ['the single file is named "."'] : []),
      ...ignored.notes,
    ],
  };
}

function parseSerialization(fields: JsonFields): Serialization {
  const method = fields.string('method');
  if (method !== 'files' && method !== 'shards')
    throw fields.bad('method', `expected files or shards, found ${quote(method, 40)}`);
  const hash = HASHES.get(fields.string('hash_type'));
  if (hash === undefined) throw fields.bad('hash_type', 'expected sha256, blake2b or blake3, found another hash');
  if (method === 'shards') return { method, hash, shardSize: fields.integer('shard_size', 1) };
  if (fields.get('shard_size') !== undefined)
    throw fields.bad('shard_size', 'expected no shard size with the method files');
  return { method, hash, shardSize: undefined };
}

/** One entry is looked at at a time: a list may have hundreds of thousands. */
function parseResources(predicate: JsonFields, serialization: Serialization): OmsResources {
  const list = predicate.array('resources', MAX_RESOURCES);
  const reader = new ResourceReader(list.length, serialization.hash, serialization.method);
  for (const [index, value] of list.entries()) {
    const fields = JsonFields.of(value, `${predicate.pointer}/resources/${index}`, 'OMS_INVALID');
    const digest = decodeHex(digestHex(fields, serialization.hash));
    const { name, shard } = parseName(fields, serialization);
    reader.add(name, digest, shard);
  }
  return reader.end();
}

function digestHex(fields: JsonFields, hash: HashName): string {
  const hex = fields.string('digest');
  if (hex.length === 2 * digestLength[hash] && /^[0-9a-f]+$/.test(hex)) return hex;
  throw fields.bad('digest', `expected ${2 * digestLength[hash]} lower-case hex digits for ${hash}`);
}

function parseName(
  fields: JsonFields,
  { method, hash, shardSize }: Serialization,
): Pick<OmsResource, 'name' | 'shard'> {
  const listed = fields.string('name');
  const { name, shard } = method === 'files' ? { name: listed } : splitShardName(listed, fields);
  // Checked before any file is opened: a verifier that joins a listed `../x` to the model's folder reads outside it.
  const problem = name === '.' ? undefined : pathProblem(name);
  if (problem !== undefined) throw fields.bad('name', `the name ${quote(listed)} ${problem}`);
  const algorithm = fields.string('algorithm');
  const expected =
    shardSize !== undefined && algorithm === `${hash}-sharded-${shardSize}` ? hash : HASHES.get(algorithm);
  if (expected !== hash)
    throw fields.bad('algorithm', `expected ${hash} as in hash_type, found ${quote(algorithm, 40)}`);
  return { name, ...(shard === undefined ? {} : { shard }) };
}

function checkResources(resources: OmsResources, { shardSize }: Serialization): void {
  if (resources.length === 0)
    throw malformed('OMS_INVALID', '/predicate/resources', 'expected at least one resource, found none');
  const seen = new Set<string>();
  for (const resource of resources) {
    const listed = listedName(resource);
    if (seen.has(listed)) throw new StemmaError('OMS_INVALID', `the resource ${quote(listed)} is listed twice`);
    seen.add(listed);
  }
  const single = resources.find(({ name }) => name === '.');
  if (single !== undefined && resources.find(({ name }) => name !== '.') !== undefined) {
    throw new StemmaError('OMS_INVALID', 'the resource "." stands for a single file, yet others are listed beside it');
  }
  if (shardSize !== undefined) checkShardCover(resources, shardSize);
}

function versionNotes(predicateType: string): string[] {
  return predicateType === OMS_PREDICATE_TYPE ? [] : [`predicate type ${quote(predicateType, 80)} was read as v1.0`];
}

function orderNotes(resources: OmsResources): string[] {
  const order = omsOrder(resources);
  if (order === 'code-point') return [];
  return [
    order === 'python'
      ? 'resources are in the order of model_signing (Python), not in code-point order'
      : 'resources are not sorted',
  ];
}
