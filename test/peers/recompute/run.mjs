import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PeerUnavailable, venv } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { FIXTURES, opensslKey, stemma, stemmaResult } from '../support/stemma.mjs';
import { torchPython } from './torch.mjs';

export const title = 'the gguf package, PyTorch and NumPy make models that stemma computes again';

const script = (name) => path.join(import.meta.dirname, name);

export function run(t) {
  const python = path.join(venv('digits', path.join(FIXTURES, 'digits/requirements.txt')), 'python');
  const keys = opensslKey(t.temp, 'release', 'P-256');
  compare(t, keys, 'numpy', (dir) => mustRun(python, ['-B', script('with_numpy.py'), dir]));
  const torch = orUnavailable(torchPython);
  // The others have been compared: that one of them is missing must not hide it.
  if ('unavailable' in torch) throw torch.unavailable;
  const env = { ...process.env, ...torch.env };
  compare(t, keys, 'torch', (dir) => mustRun(torch.python, ['-B', script('with_torch.py'), dir], { env }));
}

function orUnavailable(make) {
  try {
    return make();
  } catch (error) {
    if (error instanceof PeerUnavailable) return { unavailable: error };
    throw error;
  }
}

function compare(t, { key, pub }, name, make) {
  const dir = path.join(t.temp, name);
  mkdirSync(dir);
  for (const { title: text, child, parents, relation, parameters, expected } of JSON.parse(make(dir))) {
    const at = (model) => path.join(dir, model);
    const sign = () =>
      stemmaResult([
        'attest',
        at(child),
        '--key',
        key,
        '--no-source',
        '--force',
        '--quiet',
        ...parents.flatMap((parent) => ['--base', `${relation}=${at(parent)}`]),
        ...parameters.flatMap((parameter) => ['--param', parameter]),
      ]);
    const verify = () => {
      const flags = parents.flatMap((parent) => ['--parent', at(parent)]);
      const result = stemma(['verify', at(child), '--key', pub, '--recompute', ...flags, '--json']);
      return { status: result.status, rebuilt: JSON.parse(result.stdout).result?.rebuilt?.[0], result };
    };
    sign();
    const { rebuilt, result } = verify();
    t.ok(expected.includes(rebuilt?.outcome), `${text}: ${rebuilt?.outcome}`, said(rebuilt) ?? result.stdout);
    const weights = readdirSync(at(child)).find((name) => /^model\.(?:gguf|safetensors)$/.test(name));
    const file = path.join(at(child), weights);
    // The high byte of a value near the end, whatever its type; behind it GGUF may have padding.
    const bytes = readFileSync(file);
    bytes[bytes.length - 97] ^= 0x80;
    writeFileSync(file, bytes);
    sign();
    const flipped = verify();
    const named = flipped.rebuilt?.unequal.filter(({ outcome }) => outcome === 'different') ?? [];
    t.equal([flipped.status, named.length], [1, 1], `${text}: a flipped bit is named`);
  }
}

const said = (rebuilt) => rebuilt && JSON.stringify({ ...rebuilt, unequal: rebuilt.unequal.slice(0, 3) });
