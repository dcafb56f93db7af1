import { describe, expect, it } from 'vitest';
import { refuseSecret } from '../../../src/core/attest/secrets.ts';
import { StemmaError } from '../../../src/core/errors/index.ts';

function refusal(name: string, value: string): StemmaError | undefined {
  try {
    refuseSecret(name, value);
  } catch (error) {
    if (error instanceof StemmaError) return error;
    throw error;
  }
  return undefined;
}

describe('parameters that are not recorded', () => {
  it.each([
    'password',
    'db_password',
    'DB-PASSWORD',
    'passphrase',
    'secret',
    'client.secret',
    'token',
    'hf_token',
    'HF_TOKEN',
    'hfToken',
    'HFToken',
    'access_token',
    'wandb_api_key',
    'apiKey',
    'api-key',
    'AWS_SECRET_ACCESS_KEY',
    'aws_access_key_id',
    'private_key',
    'credentials',
    'basic_auth',
    'PGPASSWORD',
    'db_pass',
    'hf_tokens',
    'wandb-key',
    'authorization',
  ])('refuses the name %s, whatever the value', (name) => {
    const error = refusal(name, 'hunter2hunter2');
    expect(error?.code).toBe('USAGE');
    expect(JSON.stringify([error?.message, error?.hint, error?.details])).not.toContain('hunter2');
  });

  it.each([
    ['a GitHub token', `ghp_${'a1'.repeat(18)}`],
    ['a fine-grained GitHub token', `github_pat_${'a1'.repeat(20)}`],
    ['a GitLab token', `glpat-${'a1'.repeat(10)}`],
    ['a Hugging Face token', `hf_${'aB'.repeat(17)}`],
    ['an OpenAI key', `sk-proj-${'a1'.repeat(20)}`],
    ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
    ['a Slack token', 'xoxb-1234567890-abcdef'],
    ['a private key', '-----BEGIN EC PRIVATE KEY-----\nMHc…'],
    ['a JSON web token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.sig`],
    ['a token inside other text', `--hub=hf_${'aB'.repeat(17)} --x`],
    ['a password in a URI', 'postgres://alice:hunter2@db/train'],
    ['a token in a URI', 'https://hunter2@example.com/data'],
    ['a password in a URI inside other text', '--data https://alice:hunter2@example.com/x'],
    ['a signed URI', 'https://bucket.example.com/data?X-Amz-Signature=hunter2'],
    ['a URI with a fragment', 'https://example.com/x#token=hunter2'],
    ['the URI of a file', 'file:///scratch/alice'],
    ['an absolute path', '/scratch/alice/run'],
    ['a path from home', '~/runs/1'],
    ["a path in somebody's home", '~alice/runs/1'],
    ['a Windows path', 'C:\\Users\\alice'],
    ['a share', '\\\\server\\alice'],
    ['a home folder inside other text', '--out=/home/alice/run --lr 1'],
  ])('refuses %s, whatever the name', (_, value) => {
    const error = refusal('note', value);
    expect(error?.code).toBe('USAGE');
    expect(JSON.stringify([error?.message, error?.hint, error?.details])).not.toMatch(/hunter2|alice|a1a1|aBaB/);
  });

  it.each([
    ['lr', '0.01'],
    ['pad_token', '<pad>'],
    ['eosToken', '</s>'],
    ['decoder_start_token', '0'],
    ['max_tokens', '2048'],
    ['num_tokens', '1e9'],
    ['tokenizer', 'bert-base-uncased'],
    ['forward_pass', '2'],
    ['sort_key', 'length'],
    ['author', 'nobody'],
    ['keyword', 'secretary'],
    ['dataset', 'https://example.com/data.jsonl'],
    ['remote', 'git@github.com:org/repo'],
    ['ratio', '1/2'],
    ['schedule', 'a/b/c'],
    ['question', 'why? https://example.com/ is fine'],
    ['task', 'task-ask-a-question-with-many-words'],
    ['empty', ''],
  ])('records %s=%s', (name, value) => {
    expect(refusal(name, value)).toBeUndefined();
  });

  it('refuses a value of more than 65,536 characters, which would be data', () => {
    expect(refusal('x', 'a'.repeat(65_536))).toBeUndefined();
    expect(refusal('x', 'a'.repeat(65_537))?.code).toBe('USAGE');
  });

  it.each(['a', ':', 'a:', '://', 'a://', 'a://:', 'eyJ', 'eyJaaaaaaaaaa.', '-----BEGIN ', '@', 'a A'])(
    'decides in no time about 65,536 characters of %j',
    (text) => {
      const started = performance.now();
      refusal('x', text.repeat(Math.floor(65_536 / text.length)));
      expect(performance.now() - started).toBeLessThan(2000);
    },
  );
});
