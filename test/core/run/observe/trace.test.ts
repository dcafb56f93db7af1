import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CWD, eventsOf, eventsOfCalls, execve, exited, gaps, hex, opened, read } from './trace-support.ts';

describe('a call that opens a file', () => {
  it('is told by the name of the descriptor it returned, not by the name it was asked for', () => {
    expect(eventsOfCalls(opened('/data/real', 'O_RDONLY', 'link'))).toEqual([read('/data/real')]);
  });

  it.each([
    ['O_RDONLY', true, false, false],
    ['O_WRONLY|O_CREAT|O_TRUNC, 0666', false, true, true],
    ['O_WRONLY|O_CREAT|O_APPEND, 0666', false, true, false],
    ['O_RDWR|O_CREAT, 0666', true, true, false],
    ['O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600', true, true, true],
    ['O_RDONLY|O_EXCL', true, false, false],
    ['O_ACCMODE', true, true, false],
    ['O_RDONLY|0x80000000', true, false, false],
  ])('opened with %s reads: %s, writes: %s, fresh: %s', (flags, reads, writes, fresh) => {
    expect(eventsOfCalls(opened('/f', flags))).toEqual([
      { kind: 'open', path: '/f', reads, writes, fresh, unlinked: false },
    ]);
  });

  it('may be any of its kind', () => {
    const name = hex('/f');
    expect(
      eventsOfCalls(
        `open("${name}", O_RDONLY) = 3<${name}>`,
        `openat2(${CWD}, "${name}", {flags=O_RDONLY, resolve=RESOLVE_BENEATH}, 24) = 3<${name}>`,
        `creat("${name}", 0600) = 3<${name}>`,
        `open_by_handle_at(4<${hex('/')}>, {handle_bytes=8, handle_type=1, f_handle="..."}, O_RDONLY) = 5<${name}>`,
      ).map((event) => event.kind === 'open' && [event.path, event.reads]),
    ).toEqual([
      ['/f', true],
      ['/f', true],
      ['/f', false],
      ['/f', true],
    ]);
  });

  it('keeps each byte of a name, whatever it would mean in the record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const name = `/${Buffer.from(bytes).toString('latin1')}`;
        const escaped = [...Buffer.from(name, 'latin1')].map(
          (byte) => String.raw`\x` + byte.toString(16).padStart(2, '0'),
        );
        const call = `openat(${CWD}, "${escaped.join('')}", O_RDONLY) = 3<${escaped.join('')}>`;
        expect(eventsOfCalls(call)).toEqual([read(name)]);
      }),
    );
  });

  it.each([
    ['that failed', `openat(${CWD}, "${hex('/f')}", O_RDONLY) = -1 ENOENT (No such file or directory)`],
    [
      'that was interrupted',
      `openat(${CWD}, "${hex('/f')}", O_RDONLY) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)`,
    ],
    ['in which the process ended', `openat(${CWD}, "${hex('/f')}", O_RDONLY) = ?`],
    ['of a folder', opened('/d', 'O_RDONLY|O_DIRECTORY')],
    ['for the place alone', opened('/d', 'O_RDONLY|O_PATH')],
    ['of a file without a name', `${opened('/tmp/#12', 'O_RDWR|O_EXCL|O_TMPFILE, 0600')}(deleted)`],
    ['of a pipe', `openat(${CWD}, "${hex('/proc/self/fd/3')}", O_RDONLY) = 4<${hex('pipe:[838154]')}>`],
  ])('%s tells nothing', (_, call) => {
    expect(eventsOfCalls(call)).toEqual([]);
  });

  it('says that a file was unlinked, from outside of its name alone', () => {
    expect(eventsOfCalls(`${opened('/f')}(deleted)`)).toEqual([{ ...read('/f'), unlinked: true }]);
    expect(eventsOfCalls(opened('/f(deleted)'))).toEqual([read('/f(deleted)')]);
  });

  it.each([
    ['without a name', `openat(${CWD}, "${hex('/f')}", O_RDONLY) = 3`],
    ['with a cut name', `openat(${CWD}, "${hex('/f')}", O_RDONLY) = 3<${hex('/f')}...>`],
    ['with a name outside of the root', opened('(unreachable)/f')],
  ])('%s is a gap', (_, call) => {
    expect(gaps(eventsOfCalls(call))).toEqual(['unnamed-file']);
  });
});

describe('a call that is not spelt as the tracer spells it', () => {
  it.each([
    ['no call', 'hello'],
    ['no result', `openat(${CWD}, "${hex('/f')}", O_RDONLY)`],
    ['plain text for a name', `openat(${CWD}, "/f", O_RDONLY) = three`],
    ['no flags', `openat(${CWD}, "${hex('/f')}") = 3<${hex('/f')}>`],
    ['a call that nobody asked for', 'read(3, "", 4096) = 0'],
    ['an execve without a program', 'execve(NULL, [...], 0x0) = 0'],
    ['a plain program', 'execve("/bin/sh", [...], 0x0) = 0'],
    [
      'a plain address',
      'connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
    ],
    [
      'a port out of range',
      `connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(70000), sin_addr=inet_addr("${hex('1.2.3.4')}")}, 16) = 0`,
    ],
    [
      'an address with more in it',
      `connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("${hex('1.2.3.4/x')}")}, 16) = 0`,
    ],
    ['a resumed call that nobody started', `<... openat resumed>) = 3<${hex('/f')}>`],
    ['an empty line', ''],
  ])('is counted, and nothing is guessed from it: %s', (_, call) => {
    expect(eventsOfCalls(call)).toEqual([{ kind: 'gap', gap: 'unreadable-line' }]);
  });

  it.each([['x 7 foo'], ['0 +++ exited with 0 +++'], ['-1 foo() = 0'], ['99999999999 foo() = 0']])(
    'as is the line %j',
    (line) => {
      expect(gaps(eventsOf([`7 ${execve('/p')}) = 0`, line, exited(7)]))).toEqual(['unreadable-line']);
    },
  );

  it('is counted once where it is longer than any call, and the next line is read', () => {
    const events = eventsOf([`7 openat("${'\\x41'.repeat(200_000)}`, `7 ${opened('/f')}`, exited(7)], 65_536);
    expect(events).toEqual([{ kind: 'gap', gap: 'unreadable-line' }, read('/f')]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.integer({ min: 1, max: 50 }), (lines, cut) => {
        expect(Array.isArray(eventsOf(lines, cut))).toBe(true);
      }),
    );
  });
});

describe('the calls of several processes', () => {
  it('are put together where one interrupts another', () => {
    const lines = [
      `7 openat(${CWD}, "${hex('/a')}", O_RDONLY <unfinished ...>`,
      `8 openat(${CWD}, "${hex('/b')}", O_RDONLY <unfinished ...>`,
      `7 <... openat resumed>) = 3<${hex('/a')}>`,
      `8 <... openat resumed>) = -1 ENOENT (No such file or directory)`,
      exited(7),
      exited(8),
    ];
    for (const cut of [1, 2, 3, 7, 64, 10_000]) expect(eventsOf(lines, cut)).toEqual([read('/a')]);
  });

  it('are not mixed up where the resumed call is another one', () => {
    const start = `7 openat(${CWD}, "${hex('/a')}", O_RDONLY <unfinished ...>`;
    expect(gaps(eventsOf([start, `7 <... open resumed>) = 3<${hex('/a')}>`, exited(7)]))).toEqual(['unreadable-line']);
    expect(gaps(eventsOf([start, `8 <... openat resumed>) = 3<${hex('/a')}>`, exited(7), exited(8)]))).toEqual([
      'unreadable-line',
    ]);
  });

  it('end with a gap where the record ends before they have', () => {
    expect(gaps(eventsOf([]))).toEqual(['trace-cut']);
    expect(gaps(eventsOf([`7 ${opened('/f')}`]))).toEqual(['trace-cut']);
    expect(gaps(eventsOf([`7 ${opened('/f')}`, `8 ${opened('/f')}`, '7 +++ killed by SIGKILL +++']))).toEqual([
      'trace-cut',
    ]);
    expect(gaps(eventsOf([`7 ${opened('/f')}`, '7 +++ killed by SIGSEGV (core dumped) +++']))).toEqual([]);
  });

  it.each([
    ['clone({flags=CLONE_UNTRACED|SIGCHLD}) = 8', 'untraced-process'],
    ['clone3({flags=CLONE_UNTRACED, exit_signal=SIGCHLD}, 88) = 8', 'untraced-process'],
    [`io_uring_setup(8, {flags=0}) = 4<${hex('anon_inode:[io_uring]')}>`, 'io-uring'],
  ])('have a gap for what escapes the tracer: %s', (call, gap) => {
    expect(gaps(eventsOfCalls(call))).toEqual([gap]);
  });
});
