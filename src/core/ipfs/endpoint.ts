import { escapeText, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/**
 * The address of a node, a gateway or a service as a user names it. Plain http is for this machine alone, and an address that would
 * carry a secret or lose a part is refused: both would otherwise end up in logs and reports.
 *
 * @param what whose address it is, in messages
 * @returns the address without a slash at its end
 * @throws StemmaError USAGE; the message repeats nothing of an address with user info
 */
export function parseEndpoint(text: string, what: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    // What stands before an @ or in a query may be a secret, so such a text is not shown.
    const found = /[@?#]/.test(text) ? 'another text' : quote(text, 200);
    throw new StemmaError('USAGE', `expected an https:// address of ${what}, found ${found}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new StemmaError('USAGE', `the address of ${what} has a user name or password in it`, {
      hint: 'put the secret into STEMMA_IPFS_TOKEN, or into a variable that --auth-env names',
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new StemmaError('USAGE', `the address of ${what} has a query or a fragment: ${quote(url.origin, 200)}`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new StemmaError('USAGE', `${what} at ${escapeText(url.origin)} would be asked over plain http`, {
      hint: 'use https://, or a tunnel to an address of this machine such as http://127.0.0.1:5001',
    });
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** An address below an endpoint: `/api/v0/version` of `https://host/node` is `https://host/node/api/v0/version`. */
export function below(endpoint: URL, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(endpoint);
  url.pathname = `${endpoint.pathname.replace(/\/+$/, '')}${path}`;
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** Whether a host name or address of a URL is this machine by its spelling alone. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || isLoopbackAddress(host);
}

/** Whether an IP address as Node prints it is of this machine. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address);
}
