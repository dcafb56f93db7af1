import { describe, expect, it } from 'vitest';
import { redactCommand, redactValues } from '../../../src/core/attest/run-redact.ts';

const AROUND = { cwd: '/home/jane/work', env: { HF_TOKEN: 'abcdef123456', LANG: 'C.UTF-8', CI_SECRET: 'abc' } };
const redact = (...command: readonly string[]): string[] => redactCommand(command, AROUND);

describe('a command line as it is recorded', () => {
  it('keeps what is no secret as it is', () => {
    const command = [
      'python',
      '-u',
      'train.py',
      '--lr=1e-4',
      '--tokens',
      '100',
      '--pad-token',
      '<pad>',
      'a/b.txt',
      'ü',
      '',
    ];
    expect(redact(...command)).toEqual(command);
  });

  it.each([
    [['--token', 's3cret']],
    [['--hf_token', 's3cret']],
    [['--api-key', 's3cret']],
    [['-password', 's3cret']],
    [['--password', '-s3cret']],
    [['--wandbApiKey', 's3cret']],
  ])('takes out the value of a flag that is named like a secret: %s', (args) => {
    expect(redact('python', ...args)).toEqual(['python', args[0], '[redacted]']);
  });

  it('takes no flag for the value of the flag before it', () => {
    expect(redact('python', '--use-auth', '--epochs', '3')).toEqual(['python', '--use-auth', '--epochs', '3']);
  });

  it.each([
    ['--token=s3cret', '--token=[redacted]'],
    ['--secret=a b', '--secret=[redacted]'],
    ['HF_TOKEN=s3cret', 'HF_TOKEN=[redacted]'],
    ['DB_PASSWORD=a\nb', 'DB_PASSWORD=[redacted]'],
    ['{"lr": 0.1, "api_key": "s3cret"}', '[redacted]'],
    ["{'token':'s3cret'}", '[redacted]'],
    ['export PASSWORD=s3cret; python train.py', '[redacted]'],
    ['curl --password s3cret example.com', '[redacted]'],
    ['Authorization: Bearer 0123456789', '[redacted]'],
    ['hf_abcdefghijklmnopqrstuvwxyz', '[redacted]'],
    ['x=ghp_abcdefghijklmnopqrstuvwxyz', '[redacted]'],
    ['AKIAABCDEFGHIJKLMNOP', '[redacted]'],
    ['-----BEGIN PRIVATE KEY-----\nMC4C', '[redacted]'],
    ['prefix-abcdef123456-suffix', '[redacted]'],
  ])('takes the secret out of %s', (argument, recorded) => {
    expect(redact('python', argument)).toEqual(['python', recorded]);
  });

  it.each([
    ['/home/jane/work/data/train.csv', 'data/train.csv'],
    ['/home/jane/work', '.'],
    ['/home/jane/worker/x', 'x'],
    ['/home/jane/secret-project/base', 'base'],
    ['--out=/mnt/jane/out', '--out=out'],
    ['--mix=/a/b/one:0.5,/a/b/two:0.5', '--mix=one:0.5,two:0.5'],
    ['cat /home/jane/x.txt > /tmp/y', 'cat x.txt > y'],
    ['~/x/y', 'y'],
    ['~jane/x/y', 'y'],
    ['C:\\Users\\jane\\x.txt', 'x.txt'],
    ['\\\\server\\jane\\x.txt', 'x.txt'],
    ['file:///home/jane/x', 'x'],
    ['https://jane:pw@example.com/x?sig=1#y', 'https://example.com/x'],
    ['s3://bucket/key', 's3://bucket/key'],
    ['--url=https://example.com/a/b', '--url=https://example.com/a/b'],
    ['postgres://jane@host/db', 'postgres://host/db'],
  ])('names no place of this machine in %s', (argument, recorded) => {
    expect(redact('python', argument)).toEqual(['python', recorded]);
  });

  it('takes the folder off the program', () => {
    expect(redact('/opt/venv/bin/python3', 'train.py')).toEqual(['python3', 'train.py']);
  });

  it('takes the working folder of the shell for no password', () => {
    const env = { PWD: '/home/jane/work', OLDPWD: '/home/jane' };
    expect(redactCommand(['cat', '/home/jane/work/x'], { cwd: '/home/jane/work', env })).toEqual(['cat', 'x']);
  });

  it('says how much of a long command it leaves out', () => {
    expect(redact('echo', 'x'.repeat(4097))).toEqual(['echo', '[4097 characters]']);
    const many = redact('echo', ...Array.from({ length: 2000 }, () => 'x'));
    expect([many.length, many.at(-1)]).toEqual([1024, '[978 more]']);
  });

  it('takes a long hostile argument quickly', () => {
    for (const text of [
      'a'.repeat(4096),
      '/'.repeat(4096),
      'a-'.repeat(2048),
      ' '.repeat(4096),
      'a:'.repeat(2048),
      '://'.repeat(1365),
    ]) {
      const before = performance.now();
      redact('echo', text);
      expect(performance.now() - before).toBeLessThan(1000);
    }
  });

  it('treats recorded variables alike', () => {
    expect(
      redactValues({ XLA_FLAGS: '--xla_dump_to=/tmp/jane', OMP_NUM_THREADS: '4', RANK: 'abcdef123456' }, AROUND),
    ).toEqual({
      XLA_FLAGS: '--xla_dump_to=jane',
      OMP_NUM_THREADS: '4',
      RANK: '[redacted]',
    });
  });
});
