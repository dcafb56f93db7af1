import path from 'node:path';
import { venv } from '../support/install.mjs';
import { run as runProgram } from '../support/process.mjs';
import { FIXTURES } from '../support/stemma.mjs';

export const title = 'the script of fixtures/digits makes the committed files again, byte by byte';

export function run(t) {
  const folder = path.join(FIXTURES, 'digits');
  const bin = venv('digits', path.join(folder, 'requirements.txt'));

  const result = runProgram(path.join(bin, 'python'), ['-B', path.join(folder, 'make.py'), '--check']);

  t.exits(result, 0, `make.py --check: ${result.stdout.trim()}`);
}
