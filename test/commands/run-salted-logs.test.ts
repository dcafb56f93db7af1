import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { findTool } from '../../src/core/run/find-program.ts';
import { linesOf, provenanceOf } from '../core/attest/support.ts';
import { MAKE_OUT, Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

const TEXT = 'step 1 loss 2.5\n';
const PLAIN = createHash('sha256').update(TEXT).digest('hex');
const sh = (text: string): readonly string[] => ['sh', '-c', text];
const FLAGS = '--no-source --no-model-sig --output out';
const SALTED = '--salted-log train.log=train.secret';
const LOGGED = `${MAKE_OUT}; printf 'step 1 loss 2.5\\n' > train.log`;
const hasStrace = findTool('strace', { env: process.env }) !== undefined;

const payloads = (): string =>
  linesOf(shop.at('out/model.attestations.jsonl'))
    .map((line) => Buffer.from(/"payload":"([^"]*)"/.exec(line)?.[1] ?? '', 'base64').toString())
    .join('\n');

describe('a private log of a run', () => {
  it('is attested by its salted root under a new secret, and verifies with it', async () => {
    const ran = await shop.run(`${FLAGS} ${SALTED}`, sh(LOGGED));
    expect([ran.exitCode, statSync(shop.at('train.secret')).mode & 0o777]).toEqual([0, 0o600]);
    expect(ran.stderr).toContain('new secret train.secret: keep it, nothing can replace it');
    const logs = provenanceOf(shop.at('out')).logs.map(({ name, digest }) => [name, Object.keys(digest)]);
    expect(logs.at(-1)).toEqual(['train.log', ['stemmaSaltedTreeV1']]);
    expect(payloads()).not.toContain(PLAIN);
    const verify = ['verify', 'out', '--key', 'p256.pub', '--salted-log'];
    expect((await shop.stemma([...verify, 'train.log=train.secret'])).exitCode).toBe(0);
    writeFileSync(shop.at('train.log'), TEXT.replace('2.5', '0.5'));
    expect((await shop.stemma([...verify, 'train.log=train.secret'])).exitCode).toBe(1);
  });

  it.each([
    ['the command prints as well', `${LOGGED}; cat train.log`],
    ['the command copies into the output', `${LOGGED}; cp train.log out/notes`],
    ['the command links into the output', `${LOGGED}; ln train.log out/notes`],
    ['the command puts into the output, and a link in its place', `${LOGGED}; mv train.log out; ln -s out/train.log .`],
  ])('is not attested at all where %s', async (_, command) => {
    const ran = await shop.run(`${FLAGS} ${SALTED}`, sh(command));
    expect([ran.exitCode, shop.evidence(), existsSync(shop.at('train.secret'))]).toEqual([2, [], false]);
    expect(ran.stderr).toContain('plain digest is published');
  });

  const LONG = Array.from({ length: 9 }, (_, i) => `step ${i} loss 2.5`).join('\\n');
  const LONGER = `${MAKE_OUT}; printf '${LONG}\\n' > train.log`;

  it.each([
    ['the command prints its beginning', `${LONGER}; head -n 5 train.log`],
    ['the command prints its beginning to stderr', `${LONGER}; head -n 5 train.log >&2`],
    ['the command copies its beginning into the output', `${LONGER}; head -n 5 train.log > out/notes`],
    ['the command copies it into a mutable input, and adds to it', `${LONGER}; cp train.log data/x; echo >> data/x`],
  ])('is not attested at all where %s', async (_, command) => {
    const ran = await shop.run(`${FLAGS} ${SALTED} --input data --mutable data`, sh(command));
    expect([ran.exitCode, shop.evidence(), existsSync(shop.at('train.secret'))]).toEqual([2, [], false]);
    expect(ran.stderr).toContain('has the bytes of the salted log "train.log"');
  });

  it('has no checkpoint where the command makes a plain log another name of it', async () => {
    const command = `${LONGER}; ln train.log plain.log; sleep 1`;
    const flags = `${FLAGS} ${SALTED} --log plain.log --checkpoint-every 1`;
    const ran = await shop.run(flags, sh(command));
    expect([ran.exitCode, shop.evidence(), existsSync(shop.at('train.secret'))]).toEqual([2, [], false]);
    expect(ran.stderr).toContain('is a salted log as well');
    expect(ran.stderr).not.toContain('stemma.run/');
  });

  it('is no log of a command that failed, and its secret is not made', async () => {
    const ran = await shop.run(`${FLAGS} ${SALTED}`, sh(`${LOGGED}; exit 3`));
    expect([ran.exitCode, shop.evidence(), existsSync(shop.at('train.secret'))]).toEqual([3, [], false]);
  });

  it('is a missing output where the command made none', async () => {
    const ran = await shop.run(`${FLAGS} ${SALTED}`, sh(MAKE_OUT));
    expect([ran.exitCode, existsSync(shop.at('train.secret'))]).toEqual([3, false]);
    expect(ran.stderr).toContain('the command made no log "train.log"');
  });

  it('is left out where the command never touched it', async () => {
    writeFileSync(shop.at('train.log'), TEXT);
    const ran = await shop.run(`${FLAGS} ${SALTED}`, sh(MAKE_OUT));
    expect([ran.exitCode, existsSync(shop.at('train.secret')), payloads().includes('train.log')]).toEqual([
      0,
      false,
      false,
    ]);
    expect(ran.stderr).toContain('the log "train.log" is as it was before the command');
  });

  it('is told by no digest in the transcript of the checkpoints', async () => {
    const flags = `${FLAGS} ${SALTED} --checkpoint-glob *`;
    const ran = await shop.run(flags, sh(`${LOGGED}; echo w > w.bin; sleep 0.2`));
    expect(ran.exitCode).toBe(0);
    const transcript = readFileSync(shop.at('transcript.jsonl'), 'utf8');
    expect(transcript).toContain('w.bin');
    expect(transcript).not.toMatch(new RegExp(`train\\.log|${PLAIN}`));
  });

  it.skipIf(!hasStrace)('is told by no digest where the command reads it under --observe', async () => {
    writeFileSync(shop.at('train.log'), TEXT);
    linkSync(shop.at('train.log'), shop.at('hard'));
    const ran = await shop.run(
      `${FLAGS} ${SALTED} --observe`,
      sh(`cat train.log hard > x; ${MAKE_OUT}; echo >> train.log`),
    );
    expect(ran.exitCode).toBe(0);
    expect(provenanceOf(shop.at('out')).inputs.map(({ name }) => name)).not.toContain('train.log');
    expect(payloads()).not.toContain(PLAIN);
  });
});

describe('refused before anything runs:', () => {
  it.each([
    ['a salted log in the output', '--salted-log out/t.log=t.secret', 'is or lies in "out"'],
    ['a salted log in the output, by a link', '--salted-log soft/t.log=t.secret', 'is or lies in "out"'],
    ['its secret in the output', '--salted-log t.log=out/t.secret', 'the secret "t.secret" is or lies in "out"'],
    ['a salted log in an input', '--input data --salted-log data/t.log=t.secret', 'is or lies in "data"'],
    ['a log both salted and not', '--log t.log --salted-log t.log=t.secret', 'two logs'],
    ['a log both salted and not, by a link', '--log l.log --salted-log t.log=t.secret', 'is or lies in "l.log"'],
    [
      'a log both salted and not, by a second name',
      '--log hard.log --salted-log h.log=t.secret',
      'the file "hard.log" has',
    ],
    ['a salted log of which an input holds a copy', '--input data --salted-log h.log=t.secret', 'the file "copy" has'],
    ['a secret that is there', '--salted-log t.log=there', 'the secret "there" is there already'],
    ['a secret for two logs', '--salted-log t.log=t.secret --salted-log u.log=t.secret', 'is named twice'],
    ['no secret', '--salted-log t.log', 'expected --salted-log LOG=SECRET'],
    ['an empty name', '--salted-log t.log=', 'expected --salted-log LOG=SECRET'],
  ])('%s', async (_, flags, said) => {
    mkdirSync(shop.at('out'));
    symlinkSync('out', shop.at('soft'));
    symlinkSync('t.log', shop.at('l.log'));
    writeFileSync(shop.at('h.log'), 'the beginning of a log that the command goes on with\n');
    linkSync(shop.at('h.log'), shop.at('hard.log'));
    copyFileSync(shop.at('h.log'), shop.at('data/copy'));
    writeFileSync(shop.at('there'), Buffer.from(Array.from({ length: 32 }, (__, i) => i)), { mode: 0o600 });
    const ran = await shop.run(`${FLAGS} ${flags}`, ['touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x')), shop.evidence()]).toEqual([2, false, []]);
    expect(ran.stderr).toContain(said);
  });
});
