import { mkdirSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { rustProgram, venv } from '../test/peers/support/install.mjs';
import { opensslKey, stemma } from '../test/peers/support/stemma.mjs';
import { makeModel } from './data.mjs';
import { pair } from './measure.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const SHAPES = {
  sharded: { shards: 8, tensors: 128 },
  single: { shards: 1, tensors: 128 },
  tensor: { shards: 1, tensors: 1 },
};

/**
 * What every group of rows works with: a key, a folder for data that is kept between runs, the command line and the peers.
 * Nothing is made or installed before a group asks for it.
 *
 * @typedef {object} Comparison speed of ours as a multiple of the peer's, whole processes
 * @property {string} name
 * @property {string} peer
 * @property {string} floor the least ratio that is good enough, or `-`
 * @property {number} ratio
 * @property {number} ours seconds
 * @property {number} theirs seconds
 * @property {number} megabytes peak resident memory of ours
 * @property {string} [memory] the most that is good enough, such as `300 MB`
 *
 * @typedef {object} Timing
 * @property {string} name
 * @property {string} limit of time or of memory, such as `100 ms` or `250 MB`, or `-`
 * @property {number} seconds
 * @property {number} megabytes
 *
 * @typedef {Comparison | Timing} Row
 */
export function makeContext({ gib, rounds, huge }) {
  const data = path.join(ROOT, '.cache/bench');
  mkdirSync(data, { recursive: true });
  const { key, pub } = opensslKey(data, 'bench', 'P-256');
  const attested = new Map();

  function attest(folder, ...flags) {
    const result = stemma(['attest', folder, '--key', key, '--no-source', '--force', ...flags], { cwd: data });
    if (result.status !== 0) throw new Error(result.stderr);
    return folder;
  }

  return {
    data,
    key,
    pub,
    rounds,
    huge,
    cores: cpus().length,
    /** The words of a `stemma` command line, for `once`, `alone` and `pair` of measure.mjs. */
    command: (...args) => [process.execPath, path.join(ROOT, 'bin/run.js'), ...args],
    attest,
    /** The folder of an attested model of `gib` GiB: `sharded` (8 files), `single` (one file) or `tensor` (one tensor). */
    model(shape) {
      if (!attested.has(shape)) {
        const folder = path.join(data, `${shape}-${gib}`);
        attested.set(shape, attest(makeModel(folder, { ...SHAPES[shape], bytes: Number(gib) * 2 ** 30 })));
      }
      return attested.get(shape);
    },
    b3sum: () => rustProgram('b3sum', '1.8.7'),
    modelSigning() {
      const requirements = path.join(ROOT, 'test/peers/model-signing/requirements.txt');
      return [path.join(venv('model_signing-1.1.1', requirements), 'model_signing'), '--log-level', 'ERROR'];
    },
    /** Times two command lines in turn, in `data` and as often as `--rounds` says unless told otherwise. Returns a Comparison. */
    compare: (name, peer, floor, ours, theirs, { memory, ...options } = {}) => {
      const measured = pair(ours, theirs, { rounds, cwd: data, ...options });
      return shown({ name, peer, floor, ...measured, ...(memory === undefined ? {} : { memory }) });
    },
    /** Takes what `alone` or `once` of measure.mjs returned for `name`. Returns a Timing. */
    timing: (name, limit, measured) => shown({ name, limit, ...measured }),
  };
}

/** The paths of the safetensors files in a folder. */
export function weightsIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => path.join(folder, name));
}

function shown(row) {
  console.log(
    `  ${Object.values(row)
      .map((value) => (typeof value === 'number' ? value.toFixed(2) : value))
      .join('  ')}`,
  );
  return row;
}
