import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderJson } from '../../src/cli/render/json.ts';
import { count, formatBytes, name, paint, prose, shortHex } from '../../src/cli/render/text.ts';
import { lookOf } from '../../src/cli/terminal.ts';
import { quote } from '../../src/core/bytes/index.ts';
import { HOSTILE } from './hostile-report.ts';
import { expectInert, expectNoLogCommands } from './inert.ts';

const PLAIN = { color: false, unicode: true, verbose: false };
const anyText = fc.string({ unit: 'binary' });

describe('text for people', () => {
  it('is inert as a name and as prose, whatever it is made of', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expectInert(name(text + HOSTILE, 10_000));
        expectInert(prose(text + HOSTILE, 10_000));
      }),
    );
  });

  it('keeps two different names different', () => {
    expect(name('a\u001bb')).not.toBe(name('a\\x1bb'));
    expect(name('##[x')).not.toBe(name('#\\x23[x'));
  });

  it('does not escape a second time what a message has quoted already', () => {
    const message = `${quote('a\u001bb')} is gone`;

    expect(prose(message)).toBe(message);
  });

  it('cuts a megabyte of name or prose', () => {
    expect(name('a'.repeat(1_000_000)).length).toBeLessThan(1000);
    expect(prose('a'.repeat(1_000_000)).length).toBeLessThan(3000);
  });

  it('shows 12 digits of a digest, all of them when asked', () => {
    expect(shortHex('ab'.repeat(32), PLAIN)).toBe('abababababab');
    expect(shortHex('ab'.repeat(32), { ...PLAIN, verbose: true })).toBe('ab'.repeat(32));
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [95_420_416, '91 MiB'],
    [2 ** 60, '1024 PiB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('counts in the singular and in the plural', () => {
    expect([count(0, 'file'), count(1, 'file'), count(2, 'file')]).toEqual(['0 files', '1 file', '2 files']);
  });

  it('has colour only where the look says so', () => {
    expect(paint(PLAIN, 'bad', 'x')).toBe('x');
    expect(paint({ ...PLAIN, color: true }, 'bad', 'x')).toBe('\u001b[31mx\u001b[39m');
  });
});

describe('JSON on a terminal', () => {
  it('has the same value as before and nothing that is acted on', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.constant(HOSTILE))), (value) => {
        const text = renderJson(value);

        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expectInert(text);
      }),
    );
  });

  it('breaks the markers of CI logs inside a text', () => {
    const text = renderJson({ a: '::error::x', b: '##[group]', c: '##vso[task]', d: ':::###' });

    expect(text).not.toContain('::');
    expect(text).not.toContain('##');
    expectNoLogCommands(text);
    expect(JSON.parse(text)).toEqual({ a: '::error::x', b: '##[group]', c: '##vso[task]', d: ':::###' });
  });
});

describe('the look of a stream', () => {
  const utf8 = { LANG: 'en_US.UTF-8', TERM: 'xterm' };

  it.each([
    ['a terminal', { isTTY: true }, {}, utf8, true],
    ['a pipe', {}, {}, utf8, false],
    ['a pipe with FORCE_COLOR', {}, {}, { ...utf8, FORCE_COLOR: '1' }, true],
    [
      'a terminal with FORCE_COLOR=0 and NO_COLOR',
      { isTTY: true },
      {},
      { ...utf8, FORCE_COLOR: '0', NO_COLOR: '1' },
      false,
    ],
    ['a terminal with NO_COLOR', { isTTY: true }, {}, { ...utf8, NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', { isTTY: true }, {}, { ...utf8, NO_COLOR: '' }, true],
    ['a terminal with --no-color', { isTTY: true }, { color: false }, utf8, false],
    ['--no-color against FORCE_COLOR', { isTTY: true }, { color: false }, { ...utf8, FORCE_COLOR: '1' }, false],
    ['a dumb terminal', { isTTY: true }, {}, { ...utf8, TERM: 'dumb' }, false],
  ])('decides on colour for %s', (_, stream, options, env, color) => {
    expect(lookOf(stream, options, env).color).toBe(color);
  });

  it.each([
    ['UTF-8', { LANG: 'de_DE.utf8' }, true],
    ['the C locale', { LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    ['no locale', {}, false],
    ['a dumb terminal', { LANG: 'en_US.UTF-8', TERM: 'dumb' }, false],
  ])('decides on symbols for %s', (_, env, unicode) => {
    expect(lookOf({ isTTY: true }, {}, env).unicode).toBe(unicode);
  });
});
