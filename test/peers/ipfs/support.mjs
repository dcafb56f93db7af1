import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES, stemma } from '../support/stemma.mjs';

const COMMAND = path.resolve(import.meta.dirname, '../../../bin/run.js');

/** An attested copy of the fixture model. @param extra bytes that no block of another model has */
export function attested(t, name, extra) {
  const model = path.join(t.temp, name);
  cpSync(path.join(FIXTURES, 'digits/finetuned'), model, { recursive: true });
  if (extra !== undefined) {
    mkdirSync(model, { recursive: true });
    writeFileSync(path.join(model, 'extra.bin'), extra);
  }
  const key = path.join(FIXTURES, 'keys/p256.key');
  t.exits(stemma(['attest', model, '--key', key, '--no-source', '--name', name]), 0, `${name} is attested`);
  return model;
}

/** The command in a process of its own, without waiting for it. */
export function started(args, env = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('STEMMA_'));
  return new Promise((resolve) => {
    const options = { env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [COMMAND, ...args], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr, command: args.join(' ') });
    });
  });
}
