import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { venv } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { FIXTURES, stemma, stemmaResult } from '../support/stemma.mjs';

export const title = 'files written by the safetensors and gguf packages hold for us what they hold for them';

export function run(t) {
  const requirements = path.join(FIXTURES, 'digits/requirements.txt');
  const python = path.join(venv('digits', requirements), 'python');
  const script = (name, folder) => JSON.parse(mustRun(python, ['-B', path.join(import.meta.dirname, name), folder]));
  written(t, script);
  malformed(t, script);
}

/** Root, dtypes and parameters of every file that the packages write, read by them and by us. */
function written(t, script) {
  const folder = path.join(t.temp, 'written');
  mkdirSync(folder);
  const expected = script('write.py', folder);

  const inspected = stemmaResult(['inspect', folder]);
  const roots = tensorRoots(folder);
  t.equal(inspected.problems, [], 'stemma inspect finds no problem in them');
  for (const [name, file] of Object.entries(expected)) {
    const set = inspected.tensorSets.find((candidate) => candidate.path === name);
    t.equal(set?.format, file.format, `${name}: is recognised`);
    t.equal(set?.parameters, file.parameters, `${name}: ${file.parameters} parameters`);
    const counts = Object.fromEntries((set?.dtypes ?? []).map(({ dtype, tensors }) => [dtype, tensors]));
    t.equal(sorted(counts), sorted(file.tensors), `${name}: ${Object.keys(file.tensors).length} dtypes`);
    t.equal(roots.get(name), file.root, `${name}: the root of its tensor tree`);
  }
}

/** What the reference readers refuse we refuse; what both accept holds the same tensors. */
function malformed(t, script) {
  const folder = path.join(t.temp, 'malformed');
  mkdirSync(folder);
  const expected = script('mutate.py', folder);
  const names = Object.keys(expected);
  const refusedByThem = names.filter((name) => expected[name] === null);
  t.ok(refusedByThem.length > 500, `${names.length} malformed or slightly changed files`);

  const { result } = JSON.parse(stemma(['inspect', folder, '--json'], { cwd: t.temp }).stdout);
  const refused = new Set(result.problems.map((problem) => problem.path));
  t.equal(
    refusedByThem.filter((name) => !refused.has(name)),
    [],
    `what the packages refuse, we refuse: ${refusedByThem.length} files`,
  );
  const byUsAlone = names.filter((name) => refused.has(name) && expected[name] !== null);
  console.log(`     refused by us alone: ${byUsAlone.length === 0 ? 'none' : byUsAlone.join(', ')}`);

  for (const name of names.filter((file) => file.startsWith('hostile-'))) {
    const model = path.join(t.temp, path.parse(name).name);
    mkdirSync(model);
    cpSync(path.join(folder, name), path.join(model, 'model.safetensors'));
    t.exits(stemma(['digest', model], { cwd: t.temp }), 4, `stemma digest refuses ${name}`);
  }

  for (const name of refused) rmSync(path.join(folder, name));
  const roots = tensorRoots(folder);
  const accepted = names.filter((name) => !refused.has(name));
  t.ok(accepted.length > 20, `both accept ${accepted.length} of them`);
  t.equal(
    accepted.filter((name) => roots.get(name) !== expected[name]),
    [],
    'what both accept has the same tensor root',
  );
}

function tensorRoots(folder) {
  const { tensorSets } = stemmaResult(['digest', folder, '--digest', 'sha256']);
  return new Map(tensorSets.map((set) => [set.path, set.root]));
}

function sorted(object) {
  return Object.entries(object).toSorted(([a], [b]) => a.localeCompare(b));
}
