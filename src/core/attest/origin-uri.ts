import { publicUri } from './public-uri.ts';

/** `user@host:path` with a path from the user's home, as Git hosts have it; not `C:\…`, `/…`, or `helper::…` of gitremote-helpers. */
const SCP = /^(?:[^@:/\s]+@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+):(?![/:~\\])([^\s]+)$/;

/**
 * The public address of a Git remote: https, without user info, query or fragment. Undefined for a path, for a helper, and for
 * a host that only its own network knows, since paths and host names are never recorded (design §4).
 *
 * `git@host:path` and `ssh://git@host/path` are the same place as `https://host/path`, so that one source has one name however
 * it was cloned.
 */
export function originUri(remote: string | undefined): string | undefined {
  const scp = SCP.exec(remote ?? '');
  // The port of another protocol is not that of https.
  const address =
    scp === null
      ? remote?.replace(/^(?:git\+)?(?:ssh|git):\/\/((?:[^@/\s]*@)?[^:/\s]+)(?::\d+)?\//i, 'https://$1/')
      : `https://${scp[1]}/${scp[2]}`;
  const uri = publicUri(address);
  if (uri === undefined) return undefined;
  const { hostname, pathname } = new URL(uri);
  const isPublic = hostname.includes('.') && !hostname.endsWith('.local') && !pathname.startsWith('/~');
  return isPublic ? `git+${uri}` : undefined;
}
