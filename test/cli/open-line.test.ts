import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OpenLine } from '../../src/cli/open-line.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('a line that another program left unfinished', () => {
  it('is ended once before what we print', () => {
    const line = new OpenLine(false);
    line.passed('stderr', bytes('50%'));
    expect([line.take(), line.take()]).toEqual(['\n', '']);
  });

  it.each([
    ['nothing was written', []],
    ['it was finished', ['50%', '\n']],
    ['a chunk without a byte came after it was finished', ['x\n', '']],
  ])('is not ended where %s', (_, chunks) => {
    const line = new OpenLine(false);
    for (const chunk of chunks) line.passed('stderr', bytes(chunk));
    expect(line.take()).toBe('');
  });

  it('is not forgotten over a chunk without a byte', () => {
    const line = new OpenLine(false);
    line.passed('stderr', bytes('50%'));
    line.passed('stderr', bytes(''));
    expect(line.take()).toBe('\n');
  });

  it.each([
    [false, ''],
    [true, '\n'],
  ])('on stdout is ended only where both streams are one (%s)', (isOneStream, expected) => {
    const line = new OpenLine(isOneStream);
    line.passed('stdout', bytes('50%'));
    expect(line.take()).toBe(expected);
  });
});

describe('two streams', () => {
  const SOURCE = path.resolve(import.meta.dirname, '../../src/cli/open-line.ts');
  const asked = `${process.execPath} --input-type=module -e "import { isOneStream } from '${SOURCE}'; process.stderr.write(String(isOneStream()))"`;
  it.each([
    ['2>&1', 'true'],
    ['3>&1 1>/dev/null 2>&3', 'false'],
    ['2>&1 1>&-', 'false'],
  ])('are one where they end in one place: %s', (redirection, expected) => {
    expect(spawnSync('sh', ['-c', `${asked} ${redirection}`], { encoding: 'utf8' }).stdout).toBe(expected);
  });
});
