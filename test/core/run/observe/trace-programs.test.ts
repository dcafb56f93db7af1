import { describe, expect, it } from 'vitest';
import { CWD, eventsOf, eventsOfCalls, execve, exited, gaps, hex, opened, read } from './trace-support.ts';

describe('a program that is executed', () => {
  const run = (path: string) => ({ kind: 'exec', path, folder: undefined });

  it('by an absolute path is known at once', () => {
    expect(eventsOfCalls(`${execve('/bin/x')}) = 0`)).toEqual([run('/bin/x')]);
    expect(eventsOfCalls(`execveat(${CWD}, "${hex('x')}", [...], 0x0 /* 1 var */, 0) = 0`)).toEqual([run('/work/x')]);
    const empty = `execveat(5<${hex('/memfd/x')}>, "", [...], 0x0 /* 1 var */, AT_EMPTY_PATH) = 0`;
    expect(eventsOfCalls(empty)).toEqual([run('/memfd/x')]);
  });

  it('by a relative path is known by the working folder that its next call shows', () => {
    const events = eventsOfCalls(`${execve('../x')}) = 0`, opened('/f'));
    expect(events).toEqual([run('/work/../x'), read('/f')]);
  });

  it('by a relative path is a gap where it moves first, executes again or shows none', () => {
    const start = `${execve('./x')}) = 0`;
    expect(gaps(eventsOfCalls(start, `chdir("${hex('/')}") = 0`, opened('/f')))).toEqual(['unnamed-file']);
    expect(gaps(eventsOfCalls(start, start, opened('/f')))).toEqual(['unnamed-file']);
    expect(gaps(eventsOfCalls(start))).toEqual(['unnamed-file']);
  });

  it('in vain is none', () => {
    expect(eventsOfCalls(`${execve('/bin/x')}) = -1 ENOENT (No such file or directory)`)).toEqual([]);
  });

  it('by a thread takes the id of its process', () => {
    const lines = [
      `7 ${opened('/f')}`,
      `9 ${execve('/bin/x')} <pid changed to 7 ...>`,
      '7 +++ superseded by execve in pid 9 +++',
      '7 <... execve resumed>) = -1 (errno 18446744073709551359)',
      exited(7),
    ];
    expect(eventsOf(lines)).toEqual([read('/f'), run('/bin/x')]);
  });
});

describe('an address', () => {
  const inet = `{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("${hex('192.0.2.1')}")}`;
  const inet6 = `{sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "${hex('2001:db8::1')}", &sin6_addr), sin6_scope_id=0}`;

  it.each([
    [`connect(3<TCP:[1]>, ${inet}, 16) = 0`, 'outbound', 'tcp://192.0.2.1:443', true],
    [
      `connect(3<TCP:[1]>, ${inet}, 16) = -1 EINPROGRESS (Operation now in progress)`,
      'outbound',
      'tcp://192.0.2.1:443',
      true,
    ],
    [
      `connect(3<TCP:[1]>, ${inet}, 16) = -1 ECONNREFUSED (Connection refused)`,
      'outbound',
      'tcp://192.0.2.1:443',
      false,
    ],
    [`connect(3<UDPv6:[1]>, ${inet6}, 28) = 0`, 'outbound', 'udp://[2001:db8::1]:53', true],
    [`connect(3<SCTP:[1]>, ${inet}, 16) = 0`, 'outbound', 'ip://192.0.2.1:443', true],
    [`sendto(3<UDP:[1]>, ""..., 1, 0, ${inet}, 16) = 1`, 'outbound', 'udp://192.0.2.1:443', true],
    [
      `accept4(3<TCP:[127.0.0.1:9]>, ${inet}, [16], SOCK_CLOEXEC) = 9<TCP:[127.0.0.1:9->192.0.2.1:443]>`,
      'inbound',
      'tcp://192.0.2.1',
      true,
    ],
    [`connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="${hex('/run/x')}"}, 9) = 0`, 'outbound', 'unix:', true],
    ['connect(3<socket:[1]>, {sa_family=AF_VSOCK, svm_cid=0x3}, 16) = 0', 'outbound', 'socket:af_vsock', true],
  ])('is read from %s', (call, direction, address, reached) => {
    expect(eventsOfCalls(call)).toEqual([{ kind: 'contact', direction, address, reached }]);
  });

  it('is read from each of several messages', () => {
    const call = `sendmmsg(3<UDP:[1]>, [{msg_hdr={msg_name=${inet}, msg_namelen=16}}, {msg_hdr={msg_name=${inet6}}}], 2, 0) = 2`;
    expect(eventsOfCalls(call).map((event) => event.kind === 'contact' && event.address)).toEqual([
      'udp://192.0.2.1:443',
      'udp://[2001:db8::1]:53',
    ]);
  });

  it.each([
    ['sendto(3<TCP:[1]>, ""..., 5, MSG_NOSIGNAL, NULL, 0) = 5'],
    ['connect(3<NETLINK:[ROUTE:1]>, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0'],
    ['connect(3<UDP:[1]>, {sa_family=AF_UNSPEC, sa_data=""...}, 16) = 0'],
    ['accept4(3<TCP:[127.0.0.1:9]>, 0x7ffe, 0x7ffe, 0) = -1 EAGAIN (Resource temporarily unavailable)'],
  ])('is in none of %s', (call) => {
    expect(eventsOfCalls(call)).toEqual([]);
  });
});
