import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { provenanceOf } from '../core/attest/support.ts';
import { type CliResult, onlyDocument } from '../support/cli.ts';
import { MAKE_OUT, Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

const sh = (text: string): readonly string[] => ['sh', '-c', text];
const FLAGS = '--no-source --output out';

async function nothingAttested(ran: Promise<CliResult>, exitCode: number, said: string): Promise<void> {
  const { exitCode: found, stderr } = await ran;
  expect([found, shop.evidence()]).toEqual([exitCode, []]);
  expect(stderr).toContain(said);
}

describe('a trainer that goes wrong', () => {
  it('crashes: what it wrote is left, unattested', async () => {
    const command = shop.script(
      'crash.mjs',
      "import fs from 'node:fs';fs.mkdirSync('out');fs.writeFileSync('out/half','x');throw new Error('boom')",
    );
    await nothingAttested(shop.run(FLAGS, command), 1, 'boom');
    expect(existsSync(shop.at('out/half'))).toBe(true);
  });

  it('runs out of memory and is aborted', async () => {
    await nothingAttested(shop.run(FLAGS, shop.script('abort.mjs', 'process.abort()')), 134, 'was ended by SIGABRT');
  });

  it.each([
    ['base', '--base finetuned-from=base', 'echo x >> base/README.md'],
    ['data', '--dataset data', 'echo x > data/new.csv'],
    ['data', '--dataset data', 'rm data/test.csv'],
    ['data', '--dataset data', 'rm -r data'],
    ['data', '--dataset data', 'mv data/test.csv data/exam.csv'],
    ['in.txt', '--input in.txt', 'echo x >> in.txt'],
    ['in.txt', '--input in.txt', 'rm in.txt; mkdir in.txt; echo x > in.txt/x'],
    ['in.txt', '--config in.txt', 'echo x > in.txt'],
    ['in.txt', '--environment in.txt', 'rm in.txt'],
  ])('changes its input %s (%s): %s', async (name, flag, change) => {
    writeFileSync(shop.at('in.txt'), 'as it was\n');
    await nothingAttested(shop.run(`${FLAGS} ${flag}`, sh(`${MAKE_OUT}; ${change}`)), 1, `the input "${name}"`);
  });

  it('changes its input back: what is seen is that it is as it was', async () => {
    writeFileSync(shop.at('in.txt'), 'as it was\n');
    const command = sh(`${MAKE_OUT}; cp in.txt x; echo y > in.txt; cp x in.txt; rm x`);
    expect((await shop.run(`${FLAGS} --input in.txt`, command)).exitCode).toBe(0);
  });

  it('deletes its output', async () => {
    mkdirSync(shop.at('out'));
    writeFileSync(shop.at('out/model.bin'), 'x');
    await nothingAttested(shop.run(FLAGS, ['rm', '-r', 'out']), 3, 'the command made no output "out"');
  });

  it('leaves an empty output', async () => {
    await nothingAttested(shop.run(FLAGS, ['mkdir', 'out']), 4, 'has no file');
  });

  it('makes one of two outputs', async () => {
    await nothingAttested(shop.run(`${FLAGS} --output b`, sh(MAKE_OUT)), 3, 'the command made no output "b"');
  });

  it('writes an output anew with the same bytes', async () => {
    mkdirSync(shop.at('out'));
    writeFileSync(shop.at('out/config.json'), '{}\n');
    await nothingAttested(shop.run(FLAGS, sh(MAKE_OUT)), 3, 'no output changed');
  });

  it('leaves an output that is no model', async () => {
    await nothingAttested(
      shop.run(FLAGS, sh('mkdir out; echo x > out/a.safetensors')),
      4,
      'not a strict safetensors file',
    );
  });

  it('puts a link out of its output', async () => {
    await nothingAttested(shop.run(FLAGS, sh(`${MAKE_OUT}; ln -s /etc/hostname out/x`)), 4, 'symbolic link');
  });

  it('goes on writing to its output in the background', async () => {
    const command = sh(`${MAKE_OUT}; (sleep 1; echo late >> out/config.json) & exit 0`);
    const { exitCode } = await shop.run(FLAGS, command);
    expect(exitCode).toBe(0);
    expect(readFileSync(shop.at('out/config.json'), 'utf8')).toBe('{}\nlate\n');
    expect((await shop.stemma('verify out --key p256.pub'.split(' '))).exitCode).toBe(0);
  });

  it('writes what was not declared', async () => {
    const command = sh(
      `${MAKE_OUT}; echo x > stray.bin; mkdir -p node_modules/x; echo x > node_modules/x/y; rm p256.pub`,
    );
    const { stdout } = await shop.run(`${FLAGS} --json`, command);
    const { result, warnings } = onlyDocument(stdout);
    expect(result?.['undeclared']).toEqual({ files: 2, paths: ['p256.pub', 'stray.bin'] });
    expect(warnings).toContainEqual(
      'written and not declared: "p256.pub", "stray.bin" (not looked into: "node_modules")',
    );
  });

  it('writes invalid UTF-8 and NULs', async () => {
    const bytes = String.raw`\377\376\000\n\303(\n`;
    const { exitCode } = await shop.run(FLAGS, sh(`${MAKE_OUT}; printf '${bytes}' | tee raw`));
    const raw = readFileSync(shop.at('raw'));
    const [stdout] = provenanceOf(shop.at('out')).logs;
    expect([exitCode, stdout?.size]).toEqual([0, 2]);
    expect(stdout?.digest['sha256']).toBe(createHash('sha256').update(raw).digest('hex'));
  });

  it('prints secrets: its output is committed to and not recorded', async () => {
    const { stdout } = await shop.run(FLAGS, sh(`${MAKE_OUT}; echo hf_abcdefghijklmnopqrstuvwxyz`));
    expect(stdout).toBe('hf_abcdefghijklmnopqrstuvwxyz\n');
    expect(readFileSync(shop.at('out/model.attestations.jsonl'), 'utf8')).not.toContain('hf_abc');
    expect(JSON.stringify(provenanceOf(shop.at('out')))).not.toContain('hf_abc');
  });

  it('has secrets in its arguments, which are nowhere in what is written', async () => {
    const secrets = [
      '--password',
      'hunter2secret',
      '--url=https://u:hunter3@example.com/?k=hunter4',
      'API_KEY=hunter5',
    ];
    const { stdout } = await shop.run(`${FLAGS} --json`, [...sh(MAKE_OUT), 'sh', ...secrets]);
    expect(stdout).not.toContain('hunter');
    expect(JSON.stringify(provenanceOf(shop.at('out')))).not.toContain('hunter');
  });
});
