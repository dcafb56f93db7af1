import { describe, expect, it } from 'vitest';
import { requireListable, requireReadable } from '../../../src/core/attest/statement-size.ts';
import { MAX_BUNDLE_BYTES, parseBundle } from '../../../src/core/attestation/index.ts';
import { expectCode } from '../model/support.ts';

describe('the size of a bundle', () => {
  it('may be what is read back, and not one byte more', async () => {
    const most = 'x'.repeat(MAX_BUNDLE_BYTES);
    expect(() => requireReadable(most, '')).not.toThrow();
    await expectCode(
      Promise.resolve().then(() => parseBundle(most, 'x')),
      'JSON_INVALID',
    );
    for (const read of [() => requireReadable(`${most}x`, ''), () => parseBundle(`${most}x`, 'x')]) {
      await expectCode(Promise.resolve().then(read), 'TOO_LARGE');
    }
  });

  it('is told from the number of files alone', async () => {
    const files = (count: number) => Array.from({ length: count }, (_, i) => ({ path: `layers/${i}.bin` }));
    expect(() => requireListable(files(300_000), '')).not.toThrow();
    await expectCode(
      Promise.resolve().then(() => requireListable(files(450_000), '')),
      'TOO_LARGE',
    );
  });
});
