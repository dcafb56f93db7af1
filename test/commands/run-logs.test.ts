import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { provenanceOf } from '../core/attest/support.ts';
import { MAKE_OUT, Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

const sh = (text: string): readonly string[] => ['sh', '-c', text];
const FLAGS = '--no-source --no-model-sig --output out';
const EVERY = '--checkpoint-every 1 --checkpoint-out';

describe('refused before anything runs', () => {
  it.each([
    ['a log named stdout', '--log stdout', 'named "stdout"'],
    ['a log named stderr, in a folder', '--log out/stderr', 'named "stderr"'],
    ['two logs of one name', '--log a/t.jsonl --log b/t.jsonl', 'named "t.jsonl"'],
    ['a log twice', '--log t.jsonl --log ./t.jsonl', 'named "t.jsonl"'],
    ['a transcript of a log’s name', '--log out/t.jsonl --checkpoint-glob x --transcript t.jsonl', 'named "t.jsonl"'],
    ['checkpoints in a log', `--log l.jsonl ${EVERY} l.jsonl`, '"l.jsonl" is to hold checkpoints'],
    ['checkpoints in a log, by a link', `--log l.jsonl ${EVERY} link`, '"link" is to hold checkpoints'],
    ['checkpoints in an input', `--dataset data ${EVERY} data/cp`, '"cp" is to hold checkpoints'],
    ['checkpoints in the base model', `--base finetuned-from=base ${EVERY} base/cp`, '"cp" is to hold checkpoints'],
    ['checkpoints in an output', `${EVERY} out`, '"out" is to hold checkpoints'],
    ['checkpoints in the transcript', `--checkpoint-glob x --transcript t ${EVERY} t`, '"t" is to hold the transcript'],
    ['a transcript in an input', '--input data --checkpoint-glob x --transcript data/t', 'to hold the transcript'],
  ])('%s', async (_, flags, said) => {
    writeFileSync(shop.at('l.jsonl'), '');
    symlinkSync('l.jsonl', shop.at('link'));
    const ran = await shop.run(`${FLAGS} ${flags}`, ['touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x')), shop.evidence()]).toEqual([2, false, []]);
    expect(ran.stderr).toContain(said);
    expect(readFileSync(shop.at('l.jsonl'), 'utf8')).toBe('');
  });
});

describe.each(['', `${EVERY} run.checkpoints`])('a log of the run (%s)', (every) => {
  const logsOf = (): string[] => provenanceOf(shop.at('out')).logs.map(({ name }) => name);

  it('that the command never touched is left out', async () => {
    writeFileSync(shop.at('stale.jsonl'), 'old\n');
    const ran = await shop.run(
      `${FLAGS} --log stale.jsonl --log l.jsonl ${every}`,
      sh(`${MAKE_OUT}; cat stale.jsonl; echo {} > l.jsonl`),
    );
    expect([ran.exitCode, logsOf()]).toEqual([0, expect.not.arrayContaining(['stale.jsonl'])]);
    expect(logsOf()).toContain('l.jsonl');
    expect(ran.stderr).toContain('the log "stale.jsonl" is as it was before the command');
  });

  it.each([
    ['appended to', 'echo new >> l.jsonl'],
    ['begun anew with the same bytes', 'echo old > l.jsonl'],
    ['replaced', 'echo old > x; mv x l.jsonl'],
  ])('that was there before and is %s stands in the provenance', async (_, command) => {
    writeFileSync(shop.at('l.jsonl'), 'old\n');
    linkSync(shop.at('l.jsonl'), shop.at('kept'));
    const ran = await shop.run(`${FLAGS} --log l.jsonl ${every}`, sh(`${MAKE_OUT}; ${command}`));
    expect(ran.exitCode).toBe(0);
    expect(logsOf()).toContain('l.jsonl');
  });

  it.each([
    ['was never made', 'true'],
    ['was removed', 'rm l.jsonl'],
  ])('that %s is a missing output', async (name, command) => {
    if (name === 'was removed') writeFileSync(shop.at('l.jsonl'), 'old\n');
    const ran = await shop.run(`${FLAGS} --log l.jsonl ${every}`, sh(`${MAKE_OUT}; ${command}`));
    expect([ran.exitCode, shop.evidence()]).toEqual([3, []]);
    expect(ran.stderr).toContain('the command made no log "l.jsonl"');
  });
});
