import { describe, expect, it } from 'vitest';
import { isLicenceAccepted } from '../../../src/core/policy/licence.ts';

const denied = (expression: string, ...deny: readonly string[]): boolean => !isLicenceAccepted(expression, { deny });
const allowed = (expression: string, ...allow: readonly string[]): boolean => isLicenceAccepted(expression, { allow });

describe('the licences of a policy', () => {
  it('are matched whatever the case of their ids, as SPDX has it', () => {
    expect(denied('gpl-3.0-only', 'GPL-3.0-only')).toBe(true);
    expect(denied('mit OR gpl-3.0-only', 'GPL-3.0-only')).toBe(false);
    expect(allowed('apache-2.0', 'Apache-2.0')).toBe(true);
    expect(allowed('apache-1.1', 'Apache-2.0')).toBe(false);
  });

  it.each<readonly [string, string]>([
    ['gpl-3.0', 'GPL-3.0-only'],
    ['gpl-3.0', 'GPL-3.0-or-later'],
    ['GPL-3.0-or-later', 'gpl-3.0'],
    ['agpl-3.0', 'AGPL-3.0-only'],
    ['lgpl-2.1', 'LGPL-2.1-or-later'],
    ['GPL-2.0+', 'GPL-2.0-or-later'],
    ['GFDL-1.3-no-invariants', 'GFDL-1.3-no-invariants-only'],
    ['odbl', 'ODbL-1.0'],
    ['ODbL-1.0', 'odbl'],
    ['odc-by', 'ODC-By-1.0'],
    ['pddl', 'PDDL-1.0'],
    ['c-uda', 'C-UDA-1.0'],
    ['lgpl-lr', 'LGPLLR'],
    ['gpl', 'GPL-2.0-only'],
    ['GPL-2.0-only', 'gpl'],
    ['gpl-3.0', 'gpl'],
    ['cc', 'CC-BY-NC-4.0'],
    ['CC0-1.0', 'cc'],
    ['bsd', 'BSD-3-Clause'],
    ['bigscience-openrail-m', 'openrail'],
    ['openrail', 'creativeml-openrail-m'],
    ['Apache-2.0+', 'Apache-2.0'],
    ['MIT AND gpl-3.0', 'GPL-3.0-only'],
  ])('denies %s where %s is denied: it may be that', (expression, deny) => {
    expect(denied(expression, deny)).toBe(true);
  });

  it.each<readonly [string, string]>([
    ['GPL-3.0-only', 'GPL-3.0-or-later'],
    ['lgpl-3.0', 'GPL-3.0-only'],
    ['agpl-3.0', 'gpl'],
    ['agpl-3.0', 'gpl-3.0'],
    ['gpl-2.0', 'gpl-3.0'],
    ['GPL-3.0+', 'GPL-3.0-only'],
    ['CDLA-Permissive-2.0', 'cc'],
    ['constructor', '__proto__-1'],
    ['MIT OR gpl-3.0', 'GPL-3.0-only'],
  ])('has nothing against %s where %s is denied', (expression, deny) => {
    expect(denied(expression, deny)).toBe(false);
  });

  it.each<readonly [string, readonly string[]]>([
    ['gpl-3.0', ['GPL-3.0-only', 'GPL-3.0-or-later']],
    ['gpl-3.0', ['gpl-3.0']],
    ['GPL-3.0-only', ['gpl-3.0']],
    ['odbl', ['ODbL-1.0']],
    ['cc', ['cc']],
    ['cc-by-nc-sa-2.0', ['CC-BY-NC-SA-2.0']],
    ['Apache-2.0+', ['Apache-2.0+']],
  ])('allows %s where %j are allowed', (expression, allow) => {
    expect(allowed(expression, ...allow)).toBe(true);
  });

  it.each<readonly [string, readonly string[]]>([
    ['gpl-3.0', ['GPL-3.0-only']],
    ['gpl-3.0', ['GPL-3.0-or-later']],
    ['gpl', ['gpl-2.0', 'gpl-3.0']],
    ['GPL-3.0-only', ['gpl']],
    ['CC-BY-4.0', ['cc']],
    ['cc', ['CC-BY-4.0', 'CC0-1.0']],
    ['Apache-2.0+', ['Apache-2.0']],
    ['unknown', ['MIT']],
    ['toString', ['MIT']],
  ])('does not allow %s where only %j are: it may be something else', (expression, allow) => {
    expect(allowed(expression, ...allow)).toBe(false);
  });
});
