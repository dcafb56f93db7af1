import { describe, expect, it } from 'vitest';
import { recordableName, requireRecordableName } from '../../../src/core/attest/names.ts';
import { expectCode } from '../model/support.ts';

describe('a name in a statement', () => {
  it.each([
    'org/model',
    'model v1.0',
    'a..b/c',
    'https://example.com/org/model',
    'pkg:huggingface/org/model@main',
    'ü',
  ])('may be %s', (name) => {
    expect(recordableName(name)).toBe(name);
  });

  it.each([
    '',
    '/home/alice',
    '~alice/x',
    'C:\\x',
    '\\\\server\\x',
    'file:///home/alice',
    'git+file:///scratch/alice',
    '../../home/alice',
    '..',
    'x/../y',
    '..\\x',
    'my /home/alice/x',
    'https://alice:hunter2@example.com/x',
    'https://example.com/x?sig=hunter2',
    'https://example.com/x#token=hunter2',
    `hf_${'aB'.repeat(17)}`,
    'x'.repeat(4097),
  ])('may not be %j', async (name) => {
    expect(recordableName(name)).toBeUndefined();
    const error = await expectCode(Promise.resolve(name).then(requireRecordableName), 'USAGE');
    expect(JSON.stringify([error.message, error.hint])).not.toMatch(/alice|hunter2|aBaB/);
  });
});
