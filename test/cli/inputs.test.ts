import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  loadCertificates,
  loadTrust,
  parseBytes,
  parseFraction,
  parseParameters,
  parseTime,
} from '../../src/cli/inputs.ts';
import { type ErrorCode, StemmaError } from '../../src/core/errors/index.ts';
import { generateKey } from '../../src/core/keys/index.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';

const cwd = mkdtempSync(path.join(tmpdir(), 'stemma-inputs-'));
const file = (name: string): string => path.join(cwd, name);

const usage = (run: () => unknown): void => expect(run).toThrow(expect.objectContaining({ code: 'USAGE' }));

describe('--param', () => {
  it('splits at the first equals sign', () => {
    expect(parseParameters(['lr=0.01', 'note=a=b', 'empty=', 'constructor=1'])).toEqual({
      lr: '0.01',
      note: 'a=b',
      empty: '',
      constructor: '1',
    });
  });

  it.each([[['lr']], [['=1']], [['']], [['a=1', 'a=1']], [['a=1', 'b=2', 'a=']], [['__proto__=1']]])(
    'refuses %j',
    (values) => {
      usage(() => parseParameters(values));
    },
  );
});

describe('--sample', () => {
  it.each([
    ['5%', 0.05],
    ['0.05', 0.05],
    [' 12.5% ', 0.125],
    ['0.000001', 0.000001],
    ['100%', 1],
    ['1', 1],
  ])('%j is %d', (text, value) => {
    expect(parseFraction(text)).toBeCloseTo(value, 12);
  });

  it.each([
    '0',
    '0%',
    '0.0',
    '101%',
    '100.1%',
    '1.1',
    '5',
    '-5%',
    '+5%',
    '1e-3',
    '1e3',
    '.5',
    '5.',
    '5 %',
    '5%%',
    '%',
    '',
    'NaN',
    'half',
    '0,5',
    '0x1',
    '0.00000001',
    '٥%',
  ])('refuses %j', (text) => {
    usage(() => parseFraction(text));
  });
});

describe('--max-bytes', () => {
  it.each([
    ['500000', 500_000],
    ['0', 0],
    ['1b', 1],
    ['64M', 64 * 2 ** 20],
    ['2GiB', 2 * 2 ** 30],
    ['3 kb', 3072],
    ['1t', 2 ** 40],
  ])('%j is %d', (text, value) => {
    expect(parseBytes(text)).toBe(value);
  });

  it.each([
    '',
    'M',
    '1.5G',
    '-1',
    '+1',
    '1e9',
    '0x10',
    '1Mi B',
    '1P',
    '1 000',
    '64ib',
    '1,000',
    'all',
    '9007199254740992',
    '99999999999999T',
    '١',
  ])('refuses %j', (text) => {
    usage(() => parseBytes(text));
  });
});

describe('--time', () => {
  it.each([
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2026-11-23T12:00:00Z', '2026-11-23T12:00:00.000Z'],
    ['2026-11-23T23:59:59.5-02:30', '2026-11-24T02:29:59.500Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%j is %s', (text, iso) => {
    expect(parseTime(text).toISOString()).toBe(iso);
  });

  it.each([
    'yesterday',
    '',
    '2026',
    '2026-11',
    '2026-02-29',
    '2026-02-30',
    '2026-04-31T00:00:00Z',
    '2026-02-30T12:00:00+01:00',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '0000-00-00',
    '2026-11-23T12:00',
    '2026-11-23T12:00:00',
    '2026-11-23 12:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T12:60:00Z',
    '2026-11-23T12:00:61Z',
    '2026-11-23T12:00:00+25:00',
    '2026-11-23T12:00:00z',
    '23.11.2026',
    '1763899200',
    '+002026-11-23',
    ' 2026-11-23',
  ])('refuses %j', (text) => {
    usage(() => parseTime(text));
  });
});

describe('the trust root', () => {
  let privatePem = '';

  beforeAll(async () => {
    const key = await generateKey('ecdsa-p256', undefined);
    privatePem = key.privatePem;
    writeFileSync(file('trainer.pub'), key.publicPem);
    writeFileSync(file('junk.pem'), 'junk\n');
    writeFileSync(file('broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    writeFileSync(file('large.pem'), Buffer.alloc(1024 * 1024 + 1, 0x0a));
    mkdirSync(file('folder'));
    mkdirSync(file('model'));
    writeFileSync(file('model/config.json'), '{}');
  });

  const refused = async (promise: Promise<unknown>, code: ErrorCode): Promise<StemmaError> => {
    const error: unknown = await promise.then(
      () => expect.fail(`expected ${code}`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof StemmaError)) throw error;
    expect(error.code).toBe(code);
    return error;
  };
  const noWarning = (message: string): never => expect.fail(message);

  it('of no flags is empty', async () => {
    expect(await loadTrust({}, noWarning)).toEqual([]);
  });

  it('has an entry for each key, and one for an identity under its provider', async () => {
    const trust = await loadTrust(
      { key: [file('trainer.pub')], identity: 'ci@example.org', 'identity-provider': 'https://example.org' },
      noWarning,
    );
    expect(trust).toMatchObject([
      { kind: 'key', label: 'trainer.pub' },
      { kind: 'identity', label: 'ci@example.org', identity: 'ci@example.org', issuer: 'https://example.org' },
    ]);
  });

  it.each<[string, string, ErrorCode]>([
    ['is not there', 'none.pem', 'PATH_NOT_FOUND'],
    ['is a folder', 'folder', 'USAGE'],
    ['is too large', 'large.pem', 'TOO_LARGE'],
    ['has no certificate', 'junk.pem', 'CERTIFICATE_INVALID'],
    ['has a broken certificate', 'broken.pem', 'CERTIFICATE_INVALID'],
    ['holds a key', 'trainer.pub', 'CERTIFICATE_INVALID'],
  ])('refuses a certificate file that %s', async (_, name, code) => {
    const error = await refused(loadCertificates([file(name)]), code);
    expect(error.message).not.toContain(cwd);
  });

  it('never repeats a private key that was given instead of a file name', async () => {
    const trusted = { identity: 'a', 'identity-provider': 'https://b', 'trusted-root': privatePem };
    for (const promise of [loadCertificates([privatePem]), loadTrust(trusted, noWarning)]) {
      const { message } = await refused(promise, 'USAGE');
      expect(message).toMatch(/^expected the name of a .*, found PEM text$/);
    }
  });

  it.each([
    ['an identity without its provider', ['--identity', 'a@b.c']],
    ['a provider without an identity', ['--identity-provider', 'https://b.c']],
    ['a trusted root without an identity', ['--key', 'trainer.pub', '--trusted-root', 'root.json']],
    ['an identity given twice', ['--identity', 'a', '--identity', 'b', '--identity-provider', 'https://b.c']],
    ['a threshold of none', ['--key', 'trainer.pub', '--threshold', '0']],
    ['a threshold that is no number', ['--key', 'trainer.pub', '--threshold', 'two']],
    ['a sample of everything and nothing', ['--key', 'trainer.pub', '--sample', '0']],
    ['an accepted sample where there is none', ['--key', 'trainer.pub', '--accept-sample']],
    ['two speeds', ['--key', 'trainer.pub', '--fast', '--full']],
    ['a time that is none', ['--key', 'trainer.pub', '--time', 'yesterday']],
    ['a size that is none', ['--key', 'trainer.pub', '--max-bytes', '1.5G']],
    ['no trust at all', []],
  ])('verify refuses %s', async (_, flags) => {
    const { exitCode, stdout } = await runStemma(['verify', 'model', ...flags, '--json'], { cwd });
    expect([exitCode, onlyDocument(stdout).result]).toEqual([2, undefined]);
  });
});
