import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { JsonFields } from './json-fields.ts';
import type { OmsResource, OmsShard } from './oms-statement.ts';

/** OMS v1.0 §6.3.2: `path:start:end`; the path may hold colons, so the last two fields count. */
export function splitShardName(listed: string, fields: JsonFields): { name: string; shard: OmsShard } {
  const [, name, first, last] = /^(.+):(0|[1-9][0-9]{0,15}):([1-9][0-9]{0,15})$/s.exec(listed) ?? [];
  const start = Number(first);
  const end = Number(last);
  if (name === undefined || !Number.isSafeInteger(end) || start >= end) {
    throw fields.bad('name', `expected path:start:end with start below end, found ${quote(listed)}`);
  }
  return { name, shard: { start, end } };
}

/**
 * Every file's shards must cover it from 0 in steps of the shard size, only the last one shorter: bytes between two shards
 * would otherwise be signed by nobody. Files of no bytes are absent from a sharded statement, and nothing here can tell.
 *
 * @throws StemmaError OMS_INVALID
 */
export function checkShardCover(resources: Iterable<OmsResource>, shardSize: number): void {
  const files = new Map<string, OmsShard[]>();
  for (const { name, shard } of resources) {
    if (shard === undefined) continue;
    const shards = files.get(name);
    if (shards === undefined) files.set(name, [shard]);
    else shards.push(shard);
  }
  for (const [name, shards] of files) {
    shards.sort((a, b) => a.start - b.start);
    shards.forEach(({ start, end }, index) => {
      const last = index === shards.length - 1;
      if (start !== index * shardSize || end - start > shardSize || (!last && end - start !== shardSize)) {
        throw new StemmaError(
          'OMS_INVALID',
          `the shards of ${quote(name)} leave a hole, overlap or are not of ${shardSize} bytes`,
        );
      }
    });
  }
}
