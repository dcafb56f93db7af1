import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { workingFolder } from '../wrapping.ts';
import { at, cwd, names, recorded, sha256, warnings, watch, write } from './watch-support.ts';

describe('what matches a pattern and is no checkpoint of the run', () => {
  it('lies behind a link, in the working folder or out of it', async () => {
    const elsewhere = workingFolder();
    writeFileSync(path.join(elsewhere, 'pin.txt'), '1234');
    symlinkSync(elsewhere, at('out'));
    mkdirSync(at('real/deep'), { recursive: true });
    symlinkSync(at('real'), at('alias'));
    const watching = await watch(['**/*', '*/*', 'out/*', 'alias/deep/*']);
    writeFileSync(path.join(elsewhere, 'late.txt'), '5678');
    write('real/deep/w.bin', 'w');
    await watching.finish();
    expect(names()).toEqual(['real/deep/w.bin']);
  });

  it('is the transcript itself, or a file that we write beside it, however they are named', async () => {
    mkdirSync(at('logs'));
    symlinkSync(at('logs'), at('by-link'));
    const watching = await watch(['**/*'], {
      file: at('by-link/transcript.jsonl'),
      own: [at('by-link/run.checkpoints')],
    });
    write('logs/run.checkpoints', 'note');
    write('w.bin', 'w');
    await watching.finish();
    const written = readFileSync(at('logs/transcript.jsonl'), 'utf8');
    expect(written.match(/"name":"[^"]*"/g)).toEqual(['"name":"w.bin"']);
  });

  it('is a secret: neither name nor digest is written, and a warning says so', async () => {
    const watching = await watch(['*.bin'], { isSecret: async (file) => file === at('pin.bin') });
    write('pin.bin', '1234');
    write('w.bin', 'w');
    await recorded('w.bin');
    await watching.finish();
    expect(readFileSync(at('transcript.jsonl'), 'utf8')).not.toMatch(new RegExp(`pin|${sha256('1234')}`));
    expect(warnings).toEqual(['not written down, because their digest must not be published: "pin.bin"']);
  });

  it('is found all the same where the working folder itself was reached by a link', async () => {
    const link = path.join(workingFolder(), 'link');
    symlinkSync(cwd, link);
    const watching = await watch(['*.bin'], { cwd: link, file: path.join(link, 'transcript.jsonl') });
    write('w.bin', 'w');
    await watching.finish();
    expect(names()).toEqual(['w.bin']);
  });
});
