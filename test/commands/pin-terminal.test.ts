import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainEnvironment } from '../support/cli.ts';
import { type FakeServer, fakeKubo } from '../support/fake-servers.ts';
import { attest, temporaryModel } from './pin-support.ts';

const COMMAND = path.resolve(import.meta.dirname, '../../bin/run.js');
const { model, remove } = temporaryModel();
let kubo: FakeServer;

beforeAll(async () => {
  await attest(model);
  kubo = await fakeKubo();
});

afterAll(async () => {
  await kubo.close();
  remove();
});

/** Runs `pin` on a terminal of util-linux and types an answer once it is asked. */
function answered(answer: string): Promise<{ exitCode: number | null; shown: string }> {
  const command = `${process.execPath} ${COMMAND} pin ${model} --to kubo=${kubo.url}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: plainEnvironment() });
  let shown = '';
  let asked = false;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (!asked && shown.includes('[y/N]')) {
      asked = true;
      child.stdin.write(answer);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, shown }));
  });
}

describe.runIf(process.platform === 'linux')('stemma pin on a terminal', () => {
  test.each([
    ['no', 'n\n'],
    ['nothing', '\n'],
    ['something else', 'yesterday\n'],
    ['Ctrl-C', '\u0003'],
  ])('lists what becomes public and takes %s for a no', async (_, answer) => {
    const { exitCode, shown } = await answered(answer);

    expect(exitCode).toBe(130);
    expect(shown).toContain('externalParameters.parameters.customer = ACME');
    expect(kubo.pinned.size).toBe(0);
  });

  test('pins after a yes', async () => {
    const { exitCode, shown } = await answered('y\n');

    expect(exitCode).toBe(0);
    expect(shown).toContain('held by 1 of 1 needed');
    expect(kubo.pinned.size).toBe(1);
  });
});
