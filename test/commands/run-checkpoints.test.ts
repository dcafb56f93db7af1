import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPublicKey, verifySignature } from '../../src/core/keys/index.ts';
import { openNote, parseCheckpoint, parseNote, runInvocation, splitNotes } from '../../src/core/log/index.ts';
import { type CliResult, onlyDocument } from '../support/cli.ts';
import { MAKE_OUT, Workshop } from './run-support.ts';

const LOG = '--log out/train.jsonl --output out --no-model-sig';
const EVERY = '--checkpoint-every 5 --checkpoint-out run.checkpoints';

/** Writes `count` lines to stdout and to out/train.jsonl, slowly enough for somebody to look. */
const train = (shop: Workshop, more = ''): readonly string[] =>
  shop.script(
    'train.mjs',
    `import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
     import { setTimeout as sleep } from 'node:timers/promises';
     mkdirSync('out', { recursive: true });
     for (let i = 0; i < 12; i++) {
       console.log('step', i);
       appendFileSync('out/train.jsonl', JSON.stringify({ step: i }) + '\\n');
       await sleep(i === 8 ? 600 : 20);
     }
     ${more}
     writeFileSync('out/weights.bin', 'w');`,
  );

const key = (shop: Workshop) => readPublicKey(readFileSync(shop.at('p256.pub'))).key;

function checkpointsOf(shop: Workshop, file = 'run.checkpoints') {
  const opened = splitNotes(readFileSync(shop.at(file))).map(async (bytes) => {
    const note = parseNote(bytes);
    const { origin, size } = parseCheckpoint(note.text);
    const { outcome } = await openNote(note, origin, [key(shop)], verifySignature);
    return { origin, size: Number(size), outcome, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  return Promise.all(opened);
}

interface Byproduct {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations: { readonly checkpoint?: string; readonly size: number };
}

function provenance(shop: Workshop) {
  for (const line of readFileSync(shop.at('out/model.attestations.jsonl'), 'utf8').split('\n')) {
    if (line === '') continue;
    const statement = JSON.parse(Buffer.from(JSON.parse(line).dsseEnvelope.payload, 'base64').toString());
    if (statement.predicateType !== 'https://slsa.dev/provenance/v1') continue;
    const { byproducts, metadata }: { byproducts: Byproduct[]; metadata: { startedOn: string } } =
      statement.predicate.runDetails;
    return { byproducts, startedOn: metadata.startedOn };
  }
  throw new Error('no provenance');
}

const check = (shop: Workshop, log: string, origin: string): Promise<CliResult> =>
  shop.stemma(['log-check', log, '--since', 'run.checkpoints', '--key', 'p256.pub', '--origin', origin]);

describe('a run with checkpoints', () => {
  it('signs what its streams and logs hold meanwhile, and lists that in the provenance', async () => {
    const shop = new Workshop();
    const { exitCode, stdout, stderr } = await shop.run(`${LOG} ${EVERY}`, train(shop));
    expect(exitCode).toBe(0);
    writeFileSync(shop.at('stdout.txt'), stdout);
    expect(stdout.split('\n')).toHaveLength(13);

    const notes = readFileSync(shop.at('run.checkpoints'));
    const made = await checkpointsOf(shop);
    expect(made.every(({ outcome }) => outcome === 'signed')).toBe(true);
    expect(stderr).toContain(readFileSync(shop.at('run.checkpoints'), 'utf8').slice(0, 200));
    const { byproducts, startedOn } = provenance(shop);
    const invocation = runInvocation(undefined, startedOn, key(shop).spki);
    const sizes = (log: string) =>
      made.filter(({ origin }) => origin === `stemma.run/${invocation}/${log}`).map(({ size }) => size);
    expect(sizes('stdout').at(-1)).toBe(12);
    expect(sizes('0').at(-1)).toBe(12);
    expect(sizes('stdout').length + sizes('0').length).toBe(made.length);
    // In the pause after the ninth line, at the latest.
    expect(Math.min(...sizes('stdout'))).toBeLessThan(12);
    expect(Math.min(...sizes('0'))).toBeLessThan(12);

    const listed = byproducts.filter(({ annotations }) => annotations.checkpoint !== undefined);
    expect(listed).toEqual(
      made.map(({ origin, size, sha256 }) => ({
        name: origin.endsWith('/0') ? 'train.jsonl' : path.basename(origin),
        digest: { sha256 },
        annotations: { checkpoint: origin, size },
      })),
    );

    expect((await check(shop, 'stdout.txt', 'stdout')).exitCode).toBe(0);
    expect((await check(shop, 'out/train.jsonl', '0')).exitCode).toBe(0);
    expect((await check(shop, 'out/train.jsonl', 'stdout')).exitCode).toBe(1);
    const verify = 'verify out --key p256.pub --log out/train.jsonl --checkpoints run.checkpoints --require provenance';
    const verified = await shop.stemma(verify.split(' '));
    expect(verified.exitCode).toBe(0);
    expect(verified.stdout).toContain(`the ${made.length} that the provenance lists, and beginnings of "train.jsonl"`);
    writeFileSync(
      shop.at('run.checkpoints'),
      readFileSync(shop.at('run.checkpoints'), 'utf8').replace(/\n12\n/, '\n11\n'),
    );
    expect((await shop.stemma(verify.split(' '))).exitCode).toBe(1);
    writeFileSync(shop.at('run.checkpoints'), notes);
    expect(stderr).not.toContain('not declared');
  });

  it('takes the id of the CI system for the run', async () => {
    const shop = new Workshop();
    const ci = { BUILDKITE: 'true', BUILDKITE_ORGANIZATION_SLUG: 'o', BUILDKITE_PIPELINE_SLUG: 'p' };
    const env = { ...ci, BUILDKITE_BUILD_URL: 'https://buildkite.com/o/p/builds/7', BUILDKITE_JOB_ID: 'j' };
    const command = ['sh', '-c', `echo a; ${MAKE_OUT}`];
    const flags = `--output out --no-model-sig ${EVERY}`;
    expect((await shop.run(flags, command, env)).exitCode).toBe(0);
    const ofJob = /^stemma\.run\/https:\/\/buildkite\.com\/o\/p\/builds\/7\/jobs\/j\/[0-9a-f]{32}\/stdout$/;
    expect((await checkpointsOf(shop)).map(({ origin }) => origin)).toEqual([expect.stringMatching(ofJob)]);
    // Another run of the same job signs another log, and not two trees under one origin.
    writeFileSync(shop.at('b.txt'), 'b\n');
    const more = ['sh', '-c', 'echo b; mkdir other; echo b > other/b'];
    const again = await shop.run(flags.replace('--output out', '--output other'), more, env);
    expect(again.exitCode, again.stderr).toBe(0);
    const origins = (await checkpointsOf(shop)).map(({ origin }) => origin);
    expect([origins.length, new Set(origins).size]).toEqual([2, 2]);
    expect((await check(shop, 'b.txt', origins[1] ?? '')).exitCode).toBe(0);
    expect((await check(shop, 'b.txt', origins[0] ?? '')).exitCode).toBe(1);
  });

  it('leaves the checkpoints of a command that fails, and no attestation', async () => {
    const shop = new Workshop();
    const { exitCode, stderr } = await shop.run(`${LOG} ${EVERY}`, train(shop, 'process.exit(7);'));
    expect(exitCode).toBe(7);
    expect((await checkpointsOf(shop)).length).toBeGreaterThan(1);
    expect(stderr).toContain('not attested');
    expect(shop.evidence('out')).toEqual([]);
    expect((await check(shop, 'out/train.jsonl', '0')).exitCode).toBe(0);
  });

  it('lists them in the one document of --json', async () => {
    const shop = new Workshop();
    const { exitCode, stdout } = await shop.run(`--output out --no-model-sig --json ${EVERY}`, [
      'sh',
      '-c',
      `echo a; ${MAKE_OUT}`,
    ]);
    expect(exitCode).toBe(0);
    const [made] = await checkpointsOf(shop);
    expect(onlyDocument(stdout).result?.['checkpoints']).toMatchObject([
      { log: 'stdout', origin: made?.origin, size: 1, sha256: made?.sha256 },
    ]);
  });

  it('prints each on lines of its own, whatever the command leaves unfinished, and passes that on as it is', async () => {
    const shop = new Workshop();
    const flags = '--output out --no-model-sig --checkpoint-every 1';
    const command = `printf '50%%\\r' >&2; sleep 0.3; echo a; sleep 0.5; printf '99%%' >&2; ${MAKE_OUT}`;
    const { exitCode, stdout, stderr } = await shop.run(flags, ['sh', '-c', command]);
    expect([exitCode, stdout]).toEqual([0, 'a\n']);
    expect(stderr).toMatch(/^50%\r\nstemma\.run\/[0-9a-f]{32}\/stdout\n1\n/);
    expect(stderr).toMatch(/\n99%\nstemma\.run\/[0-9a-f]{32}\/stderr\n1\n/);
  });

  it('needs no file for them', async () => {
    const shop = new Workshop();
    const flags = '--output out --no-model-sig --checkpoint-every 1h';
    const { exitCode, stderr } = await shop.run(flags, ['sh', '-c', `echo a; ${MAKE_OUT}`]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^stemma\.run\/[0-9a-f]{32}\/stdout\n1\n/m);
  });
});

describe('a run whose log was not only appended to attests nothing', () => {
  it.each([
    ['it was shortened', "truncateSync('out/train.jsonl', 20);"],
    ['it was begun anew', "writeFileSync('out/train.jsonl', '{}\\n');"],
    [
      'it was rotated',
      "renameSync('out/train.jsonl', 'out/old.jsonl'); writeFileSync('out/train.jsonl', '{}\\n'.repeat(99));",
    ],
    ['its first record was edited', "writeFileSync('out/train.jsonl', '{\"step\":9}', { flag: 'r+' });"],
  ])('where %s', async (_, tamper) => {
    const shop = new Workshop();
    const { exitCode, stderr } = await shop.run(`${LOG} ${EVERY}`, train(shop, tamper));
    expect([exitCode, stderr.includes('its checkpoints do not hold')]).toEqual([1, true]);
    expect(shop.evidence('out')).toEqual([]);
    expect((await check(shop, 'out/train.jsonl', '0')).exitCode).toBe(1);
  });
});

describe('a run refuses, before anything is run,', () => {
  it.each<[string, string]>([
    ['an interval that is none', '--checkpoint-every never'],
    ['an interval of nothing', '--checkpoint-every 0'],
    ['an interval of no time', '--checkpoint-every 0s'],
    ['a negative interval', '--checkpoint-every=-5'],
    ['an interval of a part of a second', '--checkpoint-every 0.5s'],
    ['a place for checkpoints without an interval', '--checkpoint-out x.checkpoints'],
    ['a place for checkpoints that holds something else', '--checkpoint-every 1 --checkpoint-out p256.key'],
  ])('%s', async (_, flags) => {
    const shop = new Workshop();
    const before = readFileSync(shop.at('p256.key'), 'utf8');
    const { exitCode, stdout } = await shop.run(`--output out ${flags}`, ['sh', '-c', `echo ran; ${MAKE_OUT}`]);
    expect([exitCode, stdout, existsSync(shop.at('out'))]).toEqual([2, '', false]);
    expect(readFileSync(shop.at('p256.key'), 'utf8')).toBe(before);
  });
});

describe('a run that is interrupted', () => {
  it.skipIf(process.platform === 'win32')('leaves the checkpoints that were made, and no attestation', async () => {
    const shop = new Workshop();
    // The command ends its parent's work as Ctrl-C would: by SIGTERM to stemma.
    const { exitCode } = await shop.run(
      `${LOG} ${EVERY}`,
      train(shop, "process.kill(process.ppid, 'SIGTERM'); await sleep(5000);"),
    );
    expect(exitCode).toBe(130);
    expect((await checkpointsOf(shop)).length).toBeGreaterThan(1);
    expect((await checkpointsOf(shop)).every(({ outcome }) => outcome === 'signed')).toBe(true);
    expect(shop.evidence('out')).toEqual([]);
  });
});
