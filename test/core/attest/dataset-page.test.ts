import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { attestDataset } from '../../../src/core/attest/index.ts';
import { digestSalted, listDataset } from '../../../src/core/dataset/index.ts';
import { DATASET_DEFAULTS } from '../../../src/core/defaults.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { fileSecret } from '../../../src/core/records/index.ts';
import { modelOf } from '../model/support.ts';
import { statementsOf, trainer } from './support.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../docs/formats/dataset.md'), 'utf8');
const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i);
const TINY = { 'README.md': '# data\n', 'a.jsonl': '{"x":1}\n{"x":2}\n', 'b/c.csv': 'x,y\r\n1,2' };

it('docs/formats/dataset.md shows the payload that its example gives', async () => {
  const dataset = modelOf(TINY);
  const observedAt = new Date('2026-11-01T00:00:00Z');
  const sources = ['https://example.com/corpus'];
  const options = {
    ...DATASET_DEFAULTS,
    dataset,
    signer: trainer,
    name: 'tiny',
    licenses: ['CC-BY-4.0'],
    sources,
    observedAt,
  };
  await attestDataset(options);
  const [written] = statementsOf(dataset);
  const payload = Buffer.from(written?.bundle.envelope.payload ?? []);
  const [, block = ''] = /```json\n([^`]*)```/.exec(PAGE) ?? [];
  expect(payload.toString()).toBe(JSON.stringify(JSON.parse(block)));
  expect(PAGE).toContain(`${payload.length} bytes, SHA-256\n\`${createHash('sha256').update(payload).digest('hex')}\``);
});

it('docs/formats/dataset.md shows the secrets and the root of its salted example', async () => {
  const { set } = await listDataset(modelOf(TINY), { ignored: [] });
  const { saltedTree, files, records, recordFiles } = await digestSalted(set, { secret: SECRET });
  expect(PAGE).toContain(`${files} files, ${records} records, ${recordFiles} record files`);
  expect(PAGE).toContain(`stemmaSaltedTreeV1  ${saltedTree.root}\n`);
  for (const name of Object.keys(TINY)) {
    expect(PAGE).toContain(`| \`${name}\` | \`${Buffer.from(fileSecret(sha256, SECRET, name)).toString('hex')}\` |`);
  }
});
