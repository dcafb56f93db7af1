import type { TraceEvent } from './trace-events.ts';
import { HEX, unescapeBytes } from './trace-strings.ts';

const ADDRESS = /\bsa_family=(AF_[A-Z0-9_]+|0x[0-9a-f]+|\d+)/g;
const INET = new RegExp(String.raw`^, sin_port=htons\((\d{1,5})\), sin_addr=inet_addr\("(${HEX}+)"\)`);
const INET6 = new RegExp(
  String.raw`^, sin6_port=htons\((\d{1,5})\), sin6_flowinfo=htonl\(\w+\), inet_pton\(AF_INET6, "(${HEX}+)", &sin6_addr\)`,
);
/** The kernel itself, and no address at all. */
const NOWHERE = ['AF_NETLINK', 'AF_UNSPEC', 'AF_ALG'];
/** The attempt went out, or is under way. */
const REACHED = /^(?:\d|-1 (?:EINPROGRESS|EALREADY|EISCONN|EINTR|EAGAIN|EPIPE|ECONNRESET) |\?)/;
const DESCRIPTOR = /^\d+<(TCP|UDP)(?:v6)?:/;

/**
 * The addresses that a call names, as `tcp://192.0.2.1:443`, `udp://[2001:db8::1]:53`, `ip://…` for other protocols, `unix:` for
 * sockets of this machine and `socket:` with the family for all else. An inbound address has no port: it is the peer's, by chance.
 *
 * @returns undefined where an address is not spelt as the tracer spells it
 */
export function contactsOf(
  args: string,
  result: string,
  direction: 'inbound' | 'outbound',
): readonly TraceEvent[] | undefined {
  const protocol = DESCRIPTOR.exec(args)?.[1]?.toLowerCase() ?? 'ip';
  const reached = REACHED.test(result);
  const events: TraceEvent[] = [];
  for (const match of args.matchAll(ADDRESS)) {
    const family = match[1] ?? '';
    if (NOWHERE.includes(family)) continue;
    const address = addressOf(family, args.slice(match.index + match[0].length), protocol, direction);
    if (address === undefined) return undefined;
    events.push({ kind: 'contact', direction, address, reached });
  }
  return events;
}

function addressOf(family: string, rest: string, protocol: string, direction: string): string | undefined {
  if (family === 'AF_UNIX') return 'unix:';
  if (family !== 'AF_INET' && family !== 'AF_INET6') return `socket:${family.toLowerCase()}`;
  const [, digits = '', escaped = ''] = (family === 'AF_INET' ? INET : INET6).exec(rest) ?? [];
  const address = unescapeBytes(escaped);
  const port = Number(digits);
  if (!(family === 'AF_INET' ? /^\d{1,3}(?:\.\d{1,3}){3}$/ : /^[0-9a-f:.]{2,45}$/).test(address) || port > 65_535) {
    return undefined;
  }
  const host = family === 'AF_INET' ? address : `[${address}]`;
  return direction === 'inbound' ? `${protocol}://${host}` : `${protocol}://${host}:${port}`;
}
