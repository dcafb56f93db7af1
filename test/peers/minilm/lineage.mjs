import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { venv } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { FIXTURES, opensslKey, stemma, stemmaResult } from '../support/stemma.mjs';

const BASE = 'sentence-transformers/all-MiniLM-L6-v2';
const OTHER = 'sentence-transformers/all-mpnet-base-v2';
const CARD = `---
base_model: ${BASE}
base_model_relation: finetune
license: apache-2.0
---
# MiniLM, tuned
`;
const EVIDENCE = 'model.attestations.jsonl';

/**
 * A stand-in for a fine-tune of the published transformer, made by NumPy and safetensors: its lineage verified by its publisher's
 * key and by a policy, and refused in every way in which the base is not what was signed.
 *
 * @param published the folder of the base; its evidence, if any, is left behind
 */
export function lineage(t, published) {
  const family = attestFamily(t, published);
  const policy = verified(t, family);
  undecided(t, family);
  driftedCard(t, family);
  swappedBase(t, family, policy);
}

/** The base signed by its publisher, and the fine-tune signed by another. */
function attestFamily(t, published) {
  const python = path.join(venv('digits', path.join(FIXTURES, 'digits/requirements.txt')), 'python');
  const at = (...names) => path.join(t.temp, ...names);
  const key = Object.fromEntries(
    ['publisher', 'tuner', 'stranger'].map((name) => [name, opensslKey(t.temp, name, 'P-256')]),
  );
  const family = {
    at,
    key,
    keys: ['--key', key.tuner.pub, '--ancestor-key', key.publisher.pub],
    attest: (model, signer, ...args) =>
      stemmaResult(['attest', at(model), '--key', key[signer].key, '--no-source', ...args]),
    /** Makes a model of the base with one tensor changed, and returns the name of the tensor. */
    tune(model, seed) {
      copyUnsigned(at('base'), at(model));
      const files = ['base', model].map((folder) => at(folder, 'model.safetensors'));
      return mustRun(python, ['-B', path.join(import.meta.dirname, 'finetune.py'), ...files, seed]).trim();
    },
  };
  copyUnsigned(published, at('base'));
  family.attest('base', 'publisher', '--name', BASE);
  family.tensor = family.tune('tuned', '1');
  writeFileSync(at('tuned', 'README.md'), CARD);
  family.attest('tuned', 'tuner', '--from-card', '--base', at('base'));
  return family;
}

function verify(model, ...args) {
  const result = stemma(['verify', model, ...args, '--json']);
  return { ...result, report: JSON.parse(result.stdout).result };
}

/** Returns a policy that the fine-tune meets. */
function verified(t, { at, keys, tensor }) {
  const { stdout } = stemma(['diff', at('base'), at('tuned')]);
  t.ok(stdout.includes('103 unchanged, 1 different') && stdout.includes(tensor), `stemma diff names ${tensor}`, stdout);

  const drawn = stemma(['lineage', at('tuned'), ...keys]);
  t.exits(drawn, 0, 'stemma lineage: the fine-tune by its signer, the base by its own');
  t.ok(
    /(?:└─|`-) finetuned-from sentence-transformers\/all-MiniLM-L6-v2 .*(?:✔|ok) verified: signed by publisher\.pub/.test(
      drawn.stdout,
    ),
    'and draws it',
    drawn.stdout,
  );
  t.exits(verify(at('tuned'), ...keys), 0, 'stemma verify --ancestor-key');

  const policy = at('release.policy.yaml');
  t.exits(stemma(['policy', 'init', at('tuned'), ...keys, '-o', policy]), 0, 'stemma policy init');
  t.exits(stemma(['policy', 'check', policy]), 0, 'stemma policy check');
  t.exits(verify(at('tuned'), '--policy', policy), 0, 'stemma verify --policy');
  return policy;
}

function undecided(t, { at, key, keys }) {
  const again = verify(at('tuned'), ...keys, '--recompute', '--parent', at('base'));
  t.exits(again, 3, '--recompute of a fine-tune is not decided');
  const reason = 'not verified: finetuned-from is training, which cannot be computed again';
  t.equal(again.report?.verdict, reason, 'and says why');

  for (const other of ['stranger', 'tuner'])
    t.exits(
      verify(at('tuned'), '--key', key.tuner.pub, '--ancestor-key', key[other].pub),
      3,
      `the key of the ${other} is not that of the publisher`,
    );
}

/** A card is signed with the model: to change it breaks the signature; to sign it with another base in it is a finding. */
function driftedCard(t, { at, attest, keys }) {
  const found = ({ report }) => report?.checks.find(({ id }) => id === 'lineage.card')?.outcome;
  t.equal(found(verify(at('tuned'), ...keys)), 'pass', 'the card and the signed link name the same base');

  cpSync(at('tuned'), at('drifted'), { recursive: true });
  writeFileSync(at('drifted', 'README.md'), CARD.replace(BASE, OTHER));
  t.exits(verify(at('drifted'), ...keys), 1, 'a card that was changed after it was signed');

  copyUnsigned(at('drifted'), at('resigned'));
  attest('resigned', 'tuner', '--base', at('base'));
  const resigned = verify(at('resigned'), ...keys);
  t.equal([resigned.status, found(resigned)], [0, 'fail'], 'a card signed with the name of another base: a finding');
}

/** The publisher signs other weights under the same name: whoever hands them out as the base is found out. */
function swappedBase(t, { at, attest, keys, key, tune }, policy) {
  tune('swapped', '2');
  attest('swapped', 'publisher', '--name', BASE);
  const given = verify(at('tuned'), ...keys, '--recompute', '--parent', at('swapped'));
  t.exits(given, 1, 'the swapped base as --parent');
  const reason = 'not verified: its bytes are those of no base model that trusted provenance names';
  t.equal(given.report?.verdict, reason, 'is none, for all that its name and signer are right');

  copyUnsigned(at('tuned'), at('carried'));
  attest('carried', 'tuner', '--base', at('base'), '--no-parent-evidence', '--name', 'tuned');
  const carry = (model) => appendFileSync(at('carried', EVIDENCE), readFileSync(at(model, EVIDENCE)));
  carry('swapped');
  t.exits(verify(at('carried'), ...keys), 3, 'the evidence of the swapped base in the place of the true one');
  t.exits(verify(at('carried'), '--policy', policy), 3, 'and under the policy');
  carry('base');
  t.exits(verify(at('carried'), '--policy', policy), 0, 'the true one beside it');

  cpSync(at('swapped', 'model.safetensors'), at('base', 'model.safetensors'));
  t.exits(verify(at('base'), '--key', key.publisher.pub), 1, 'the swapped weights in the folder that was signed');
}

/** The model without its evidence. */
function copyUnsigned(from, to) {
  const evidence = /^model\.(?:sig|attestations\.jsonl|manifest\.jsonl)$/;
  cpSync(from, to, { recursive: true, filter: (file) => !evidence.test(path.basename(file)) });
}
