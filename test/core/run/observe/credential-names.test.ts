import { describe, expect, it } from 'vitest';
import { isCredentialName } from '../../../../src/core/run/observe/credential-names.ts';

describe('a file that is named like a credential', () => {
  it.each([
    '.netrc',
    '.pgpass',
    '.env',
    '.env.local',
    'token',
    'hf_token',
    'HF_TOKEN.txt',
    'credentials',
    'pin.txt',
    'adc-credentials.json',
    'passphrase',
    'trainer.key',
    'tls.pem',
    'd.secret',
    'id_ed25519',
    '.ssh/config',
    'password.txt',
    'my-secrets.yaml',
    'trainer.passphrase',
    'stored_tokens',
    '.aws/config',
    'openai.api_key',
  ])('is one: %s', (name) => expect(isCredentialName(`/home/x/${name}`)).toBe(true));

  it.each([
    'train.py',
    'tokenizer.json',
    'tokenize.py',
    'secrets.py',
    'tokens.txt',
    'special_tokens_map.json',
    'cacert.pem',
    'keys.csv',
    'trainer.pub',
    'data.jsonl',
    'environment.yml',
    'pinned.txt',
    'key',
  ])('is none: %s', (name) => expect(isCredentialName(`/home/x/${name}`)).toBe(false));
});
