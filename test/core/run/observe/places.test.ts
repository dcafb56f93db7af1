import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf, Places } from '../../../../src/core/run/observe/places.ts';

const places = new Places('/home/alice/project', [
  '/usr/bin/env',
  '/home/alice/.pyenv/versions/3.12/bin/python3',
  '/home/alice/project/bin/tool',
  '/home/bin/x',
  'relative/bin/x',
]);

describe('where a file lies', () => {
  it.each([
    ['/home/alice/project/train.py', 'working-folder', 'train.py'],
    ['/home/alice/project/conf/a b.yaml', 'working-folder', 'conf/a b.yaml'],
    ['/home/alice/project/lib/data.bin', 'working-folder', 'lib/data.bin'],
    ['/home/alice/project/.venv/lib/python3.12/site-packages/numpy/core.so', 'packages', 'site-packages/numpy/core.so'],
    ['/home/alice/project/node_modules/a/node_modules/b/index.js', 'packages', 'node_modules/b/index.js'],
    ['/home/alice/.pyenv/versions/3.12/lib/python3.12/os.py', 'packages', 'lib/python3.12/os.py'],
    ['/home/alice/.pyenv/versions/3.12/data.csv', 'outside', 'data.csv'],
    ['/home/alice/project2/train.py', 'outside', 'train.py'],
    ['/home/lib/secret', 'outside', 'secret'],
    ['/home/alice/secret', 'outside', 'secret'],
    ['/usr/lib/libc.so.6', 'system', 'usr/lib/libc.so.6'],
    ['/etc/ld.so.cache', 'system', 'etc/ld.so.cache'],
    ['/usrlocal/x', 'outside', 'x'],
    ['/opt/ml/input/data.csv', 'outside', 'data.csv'],
    ['/data/\n/x', 'outside', 'x'],
  ])('%j: %s, %j', (file, place, path) => {
    expect(places.of(file)).toEqual({ place, path });
  });

  it('is never said by an absolute path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(places.of(`/home/alice/${text}x`).path).not.toMatch(/^\/|alice/);
      }),
    );
  });
});

describe('the name of a file', () => {
  const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

  it.each([['data.csv'], ['ü€😀'], ['100% "x"\n'], ['\u001b[31m'], ['']])(
    'is its text where it is UTF-8: %j',
    (text) => {
      expect(nameOf(latin1(text))).toBe(text);
    },
  );

  it.each([
    ['\xff', '%FF'],
    ['a\xc3', 'a%C3'],
    ['\xed\xa0\x80', '%ED%A0%80'],
    ['50%\xff\n', '50%25%FF%0A'],
  ])('has its bytes spelt out where it is not: %j', (bytes, name) => {
    expect(nameOf(bytes)).toBe(name);
  });
});
