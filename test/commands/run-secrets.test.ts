import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { findTool } from '../../src/core/run/find-program.ts';
import { provenanceOf } from '../core/attest/support.ts';
import { MAKE_OUT, Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
  mkdirSync(shop.at('notes'));
  writeFileSync(shop.at('notes/monday'), 'correct horse\n', { mode: 0o600 });
});

const hasTool = (name: string): boolean => findTool(name, { env: process.env }) !== undefined;
const KEY = ['run', '--key', 'p256-encrypted.key', '--passphrase-file', 'notes/monday', '--no-source'];

describe.skipIf(!hasTool('strace'))('a passphrase file of any name, read by the command under --observe,', () => {
  it.each([
    ['by its name', 'cat notes/monday'],
    ['by a link', 'cat soft/monday'],
    ['by another name of it', 'cat hard'],
  ])('is told neither by name nor by digest: %s', async (_, read) => {
    symlinkSync('notes', shop.at('soft'));
    linkSync(shop.at('notes/monday'), shop.at('hard'));
    const command = ['sh', '-c', `${MAKE_OUT}; ${read} > out/notes; cat data/test.csv > out/r`];
    const ran = await shop.stemma([...KEY, '--observe', '--output', 'out', '--', ...command]);
    expect(ran.exitCode).toBe(0);
    const { inputs, observation } = provenanceOf(shop.at('out'));
    expect(inputs.map(({ name }) => name)).toEqual(['data/test.csv']);
    expect(observation).toMatchObject({ complete: false, gaps: { 'credential-file': 1 } });
    expect(ran.stderr).not.toMatch(/monday|hard/);
  });
});

describe('refused before anything runs, because its digest would be published:', () => {
  it.each([
    ['a passphrase in an input', ['--input', 'notes'], '"monday"'],
    ['a passphrase as a configuration', ['--config', 'notes/monday'], '"monday"'],
    ['a passphrase in a dataset, by a link', ['--dataset', 'soft'], '"monday"'],
    ['a key in an output', ['--output', 'p256-encrypted.key'], '"p256-encrypted.key"'],
    ['a passphrase in an output', ['--output', 'notes'], '"monday"'],
    ['a passphrase as a log', ['--log', 'notes/monday'], '"monday"'],
  ])('%s', async (_, flags, name) => {
    symlinkSync('notes', shop.at('soft'));
    const ran = await shop.stemma([...KEY, '--output', 'out', ...flags, '--', 'touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x')), shop.evidence()]).toEqual([2, false, []]);
    expect(ran.stderr).toContain(`${name}, from which the key is read, is or lies in`);
  });
});

it('a key beside the output is no secret in it', async () => {
  const ran = await shop.stemma([...KEY, '--output', 'out', '--', 'sh', '-c', MAKE_OUT]);
  expect(ran.exitCode).toBe(0);
});

it('a passphrase file that the command changes is not written into the transcript', async () => {
  const change = `${MAKE_OUT}; echo more >> notes/monday; echo w > notes/w.bin`;
  const flags = ['--output', 'out', '--checkpoint-glob', 'notes/*', '--', 'sh', '-c', change];
  const ran = await shop.stemma([...KEY, ...flags]);
  expect(ran.exitCode).toBe(0);
  expect(ran.stderr).toContain('not written down, because their digest must not be published: "notes/monday"');
  const transcript = readFileSync(shop.at('transcript.jsonl'), 'utf8');
  expect(transcript.match(/"name":"[^"]*"/g)).toEqual(['"name":"notes/w.bin"']);
  expect(transcript).not.toContain(createHash('sha256').update('correct horse\nmore\n').digest('hex'));
});
