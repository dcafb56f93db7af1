/**
 * Whole processes, timed against a peer in the same run:
 * `npm run bench [-- --only GROUP,GROUP] [--write] [--gib 1] [--rounds 3] [--no-huge]`.
 *
 * Needs 13 GB of disk and as much free memory for the page cache, GNU time, and the peers of `npm run interop`. `--write` puts
 * what was measured into docs/benchmarks.md. A group is a module with `rows(context)`: an array of the rows that context.mjs
 * describes, or a promise of one.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeContext } from './context.mjs';
import * as hashing from './hashing.mjs';
import * as ipfs from './ipfs.mjs';
import * as lineage from './lineage.mjs';
import * as memory from './memory.mjs';
import * as overhead from './overhead.mjs';
import * as recompute from './recompute.mjs';
import * as records from './records.mjs';
import { section, setting, writePage } from './report.mjs';
import * as startup from './startup.mjs';
import * as store from './store.mjs';

/** In the order of the page. */
const GROUPS = {
  hashing: { title: 'Hashing', ...hashing },
  records: { title: 'Records of logs', ...records },
  recompute: { title: 'Computing a model again', ...recompute },
  startup: { title: 'Start-up', ...startup },
  overhead: { title: 'Watching a command', ...overhead },
  lineage: { title: 'Lineage', ...lineage },
  ipfs: { title: 'IPFS', ...ipfs },
  memory: { title: 'Memory', ...memory },
  store: { title: 'Store', ...store },
};
const PAGE = path.resolve(import.meta.dirname, '../docs/benchmarks.md');

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean' },
    gib: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(GROUPS).join(',') },
    'no-huge': { type: 'boolean', default: false },
  },
});

const names = options.only.split(',');
const unknown = names.find((name) => !Object.hasOwn(GROUPS, name));
if (unknown !== undefined) throw new Error(`no group ${unknown}: there are ${Object.keys(GROUPS).join(', ')}`);

const context = makeContext({ gib: options.gib, rounds: Number(options.rounds), huge: !options['no-huge'] });
const sections = new Map();
for (const name of names) {
  const { title, rows } = GROUPS[name];
  console.log(name);
  const measured = await rows(context);
  if (measured.length === 0) continue;
  sections.set(title, section(title, setting({ gib: options.gib, now: new Date() }), measured));
}
console.log(`\n${[...sections.values()].join('\n\n')}`);
const titles = Object.values(GROUPS).map((group) => group.title);
if (options.write) writePage(PAGE, titles, sections);
