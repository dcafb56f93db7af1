/** Rows about a lineage of a thousand attestations, as a tree of parents and as one long chain, each by one of five signers. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { opensslKey, stemmaResult } from '../test/peers/support/stemma.mjs';
import { alone } from './measure.mjs';

/** Two attestations each: what it is, and what it was made from. */
const MODELS = 500;
const SIGNERS = 5;
const LINES = 'model.attestations.jsonl';

export async function rows({ data, command, timing }) {
  const keys = Array.from({ length: SIGNERS }, (_, i) => opensslKey(data, `ancestor-${i}`, 'P-256'));
  const trust = ['--key', keys[0].pub, ...keys.flatMap(({ pub }) => ['--ancestor-key', pub])];
  const measured = [];
  for (const [shape, parentsOf] of Object.entries({ tree: (i) => [2 * i + 1, 2 * i + 2], chain: (i) => [i + 1] })) {
    const model = await makeLineage(path.join(data, `lineage-${shape}`), parentsOf, keys);
    const flags = [model, ...trust, '--max-depth', String(MODELS), '--quiet'];
    measured.push(
      timing(`verify, 1,000 attestations of ancestors, ${shape}`, '2 s', alone(command('verify', ...flags))),
      timing(`verify --evidence, the same in one pack`, '3 s', packed(model, { data, command, shape, flags })),
      timing(`lineage --format dot, the same`, '-', alone(command('lineage', ...flags, '--format', 'dot'))),
    );
  }
  return measured;
}

/** The same evidence, exported, and the bytes of the model alone. */
function packed(model, { data, command, shape, flags }) {
  const pack = path.join(data, `lineage-${shape}.car`);
  stemmaResult(['evidence', 'export', model, '-o', pack, '--force']);
  const bare = path.join(data, `lineage-${shape}-bare`);
  rmSync(bare, { recursive: true, force: true });
  mkdirSync(bare, { recursive: true });
  copyFileSync(path.join(model, 'weights.bin'), path.join(bare, 'weights.bin'));
  return alone(command('verify', bare, ...flags.slice(1), '--evidence', pack));
}

/** Attests each model after its parents, and puts the lines of all into the file of the youngest. Gives its folder. */
async function makeLineage(folder, parentsOf, keys) {
  const { ATTEST_DEFAULTS, attestModel, loadSigner } = await import('../dist/core/index.js');
  rmSync(folder, { recursive: true, force: true });
  const signers = await Promise.all(keys.map(({ key }) => loadSigner(readFileSync(key), undefined)));
  const digests = new Map();
  const lines = [];
  const at = (i) => path.join(folder, `model-${i}`);
  for (let i = MODELS - 1; i >= 0; i--) {
    mkdirSync(at(i), { recursive: true });
    writeFileSync(path.join(at(i), 'weights.bin'), `the weights of model ${i}`);
    const bases = parentsOf(i)
      .filter((parent) => digests.has(parent))
      .map((parent) => ({
        relation: 'finetuned-from',
        relationGiven: true,
        reference: { kind: 'digests', digests: digests.get(parent) },
      }));
    const result = await attestModel({ ...ATTEST_DEFAULTS, model: at(i), signer: signers[i % SIGNERS], bases });
    digests.set(i, result.digests);
    lines.push(readFileSync(path.join(at(i), LINES), 'utf8'));
  }
  writeFileSync(path.join(at(0), LINES), lines.toReversed().join(''));
  return at(0);
}
