import { describe, expect, it } from 'vitest';
import { isLicenceAccepted } from '../../../src/core/policy/licence.ts';

describe('the licences of a policy', () => {
  it('are matched whatever the case of their ids, as SPDX has it', () => {
    expect(isLicenceAccepted('gpl-3.0-only', { deny: ['GPL-3.0-only'] })).toBe(false);
    expect(isLicenceAccepted('mit OR gpl-3.0-only', { deny: ['GPL-3.0-only'] })).toBe(true);
    expect(isLicenceAccepted('apache-2.0', { allow: ['Apache-2.0'] })).toBe(true);
    expect(isLicenceAccepted('apache-1.1', { allow: ['Apache-2.0'] })).toBe(false);
  });
});
