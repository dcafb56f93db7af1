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
    [['--pass', 'hunter5']],
    [['--db-pass', 'hunter5']],
    [['--hf_tokens', 'hunter8']],
    [['--hftoken', 'hunter8']],
    [['--wandb-key', 'abcdef']],
    [['--cookie', 'session=1']],
  ])('takes out the value of a flag that is named like a secret: %s', (args) => {
    expect(redact('python', ...args)).toEqual(['python', args[0], '[redacted]']);
  });

  it.each([
    ['--epochs', '3'],
    ['--tokenizer', 'gpt2'],
    ['--max-tokens', '512'],
    ['--password-file', 'f'],
    ['--eos_token', '</s>'],
    ['--forward-pass', '2'],
    ['--passes', '2'],
    ['--author', 'jane'],
    ['--key', 'text'],
    ['lr=0.1', 'batch_size=32', 'max_tokens=512', 'num_pass=2', 'sort_keys=1', 'model.name=gpt2'],
    ['--task', 'token classification', 'next token prediction'],
    ['src/home/index.html', 'data/root/x', 'a/~b', '../data/x.csv', 'data/*/x'],
    ['https://example.com/@scope/package', 'https://example.com/home/page', 's3://bucket/model@v1'],
    ['gs://bucket/a,gs://bucket/b', 'http://localhost:8080/x', '3/4', '~5', '-n', 'x/2'],
  ])('keeps the ordinary arguments %s %s', (...command) => {
    expect(redact('python', ...command)).toEqual(['python', ...command]);
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
    ['Authorization: Token abc123', '[redacted]'],
    ['PGPASSWORD=hunter2', 'PGPASSWORD=[redacted]'],
    ['DB_PASS=hunter3', 'DB_PASS=[redacted]'],
    ['-DPASSWORD=hunter3', '-DPASSWORD=[redacted]'],
    ['--env=TOKEN=hunter3', '[redacted]'],
    ['--wandb-key=abcdef', '--wandb-key=[redacted]'],
    ['env PGPASSWORD=hunter2 sh t.sh', '[redacted]'],
    ['AccountName=x;AccountKey=hunter2', '[redacted]'],
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
    ['-I/home/alice/include', '-Iinclude'],
    ['-I/opt/alice/include', '-Iinclude'],
    ['-isystem/home/alice/include', '-isysteminclude'],
    ['@/home/alice/args', '@args'],
    ['+/home/carol/x', '+x'],
    ['a,-L/home/bob/lib', 'a,-Llib'],
    ['--t=I/home/alice', '--t=I[home]'],
    ['x=%/home/alice/y', 'x=%y'],
    ['../../home/alice/x', 'x'],
    ['../../home/alice', '[home]'],
    ['--dir=../../home/alice/', '--dir=[home]'],
    ['/home/alice', '[home]'],
    ['/home/jane', '[home]'],
    ['/home/alice/', '[home]'],
    ['//home/alice', '[home]'],
    ['/Users/alice', '[home]'],
    ['/root', '[home]'],
    ['~alice', '[home]'],
    ['--home=~alice/', '--home=[home]'],
    ['C:\\Users\\alice', '[home]'],
    ['file:///home/alice', '[home]'],
    ['file://localhost/home/alice/x', 'x'],
    ['https://u:p/w@h.example/x?y', 'https://[redacted]'],
    ['https://u:p?w@h.example/x', 'https://[redacted]'],
    ['https://u@example.com:p#w@h.example/x', 'https://[redacted]'],
    ['https://a.example/x,https://u:p@b.example/y', 'https://a.example/x,https://b.example/y'],
    ['https://proxy.example/https://u:p@b.example/y', 'https://proxy.example/https://b.example/y'],
    ['s3://bucket/x:/home/alice/y', 's3://bucket/x:y'],
    ['s3://bucket/key', 's3://bucket/key'],
    ['--url=https://example.com/a/b', '--url=https://example.com/a/b'],
    ['postgres://jane@host/db', 'postgres://host/db'],
  ])('names no place of this machine in %s', (argument, recorded) => {
    expect(redact('python', argument)).toEqual(['python', recorded]);
  });

  it.each([
    ['/', '/home/alice/x', 'x'],
    ['/home', '/home/alice/x', 'x'],
    ['/home', '/home/alice', '[home]'],
    ['/home/alice', '/home/alice/x/y', 'x/y'],
    ['/', '/data/people/bob/x', 'x'],
    ['/work', '/data/people/bob', '[home]'],
  ])('does not name the user seen from %s: %s', (cwd, argument, recorded) => {
    expect(redactCommand(['cat', argument], { cwd, env: { HOME: '/data/people/bob' } })).toEqual(['cat', recorded]);
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
      'a://'.repeat(1024),
      'a.'.repeat(2048),
      'http://a.'.repeat(455),
      '../'.repeat(1365),
      '/home/'.repeat(682),
      '-a/home/'.repeat(512),
      '~a'.repeat(2048),
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
    expect(redactValues({ XLA_FLAGS: '--t=I/home/alice --u=-L/home/alice/lib' }, AROUND)).toEqual({
      XLA_FLAGS: '--t=I[home] --u=-Llib',
    });
  });
});
