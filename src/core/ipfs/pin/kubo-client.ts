import { CID } from 'multiformats/cid';
import { isStemmaError, StemmaError, throwIfAborted } from '../../errors/index.ts';
import { type Remote, said, unavailable, unexpected } from './remote.ts';

type Client = import('kubo-rpc-client').KuboRPCClient;

/**
 * The maintained client of Kubo, for names of pins and for unpinning. It is an optional package, a quarter of a second to load. It
 * keeps all of an upload in memory and ignores `X-Stream-Error`, redirects and sizes of answers: so no CAR goes through it, it is
 * called after a first question to the node went well, and nothing that it returns is believed.
 *
 * @throws StemmaError BACKEND_UNAVAILABLE
 */
export async function kuboClient({ url, authorization }: Remote): Promise<Client> {
  let module: typeof import('kubo-rpc-client');
  try {
    module = await import('kubo-rpc-client');
  } catch (cause) {
    throw new StemmaError('BACKEND_UNAVAILABLE', 'the package kubo-rpc-client is not installed', {
      cause,
      hint: 'npm install kubo-rpc-client beside stemma, or pin without --name',
    });
  }
  return module.create({
    url: new URL(`${url.href.replace(/\/+$/, '')}/api/v0`),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
}

/** Calls with a time limit: the client's own option has no effect on our side. */
export async function limited<T>(
  remote: Remote,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  let late = false;
  const timeOut = (): void => {
    late = true;
    stop();
  };
  const timer = setTimeout(timeOut, remote.timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await call(controller.signal);
  } catch (error) {
    if (signal?.aborted === true) throw new StemmaError('INTERRUPTED', 'interrupted', { cause: error });
    if (late) throw unavailable(remote, `did not answer within ${remote.timeoutMs / 1000} seconds`, { timedOut: true });
    throw isStemmaError(error) ? error : failure(remote, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** The client throws whatever fetch does, its own errors with a response, and TypeErrors for answers that it does not understand. */
function failure(remote: Remote, error: unknown): StemmaError {
  if (!(error instanceof Error)) return unavailable(remote, 'failed', {});
  const { response, cause } = error as Error & { response?: { status?: unknown }; cause?: { code?: unknown } };
  if (typeof response?.status === 'number') {
    return unavailable(remote, `answered ${response.status}: ${said(error.message)}`, { status: response.status });
  }
  if (error.message === 'fetch failed' || error.message === 'terminated') {
    const code = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
    return unavailable(remote, `could not be asked: the connection was cut off${said(code)}`, {});
  }
  return unexpected(remote, said(error.message));
}

/** A CID for the client. */
export const cidFor = (text: string): CID => CID.parse(text);
