/**
 * The only way from `core` to a network: one request over `node:http(s)`, which, unlike `fetch`, shows the trailers in which Kubo
 * reports what went wrong after it had answered 200. No redirect is followed, no answer is unpacked, and TLS is always verified.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { escapeText } from '../bytes/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { onlyLoopback } from './loopback.ts';

/** How long we wait to be asked for a body before we send it unasked: not every server knows `Expect: 100-continue`. */
const PATIENCE_MS = 1000;

export interface HttpRequest extends AbortOptions {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** https, or http to this machine. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pulled as fast as the other side takes it. Not repeated: a request with a stream is sent once. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** How long nothing at all may move, in either direction. */
  readonly timeoutMs: number;
  /**
   * How long the whole may take, for answers that ought to be small: without it, a byte now and then keeps a request alive. With a
   * stream it counts from the head of the answer or the end of the stream, whichever comes first.
   */
  readonly deadlineMs?: number;
  /** The most that is read of the answer. */
  readonly maxBytes: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end, or left by `break`, which closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Known once `body` was read to its end. */
  trailers(): Readonly<Record<string, string>>;
}

/**
 * Sends one request and returns once the head of the answer is there, whatever its status.
 *
 * @throws StemmaError REMOTE_UNAVAILABLE (no connection, no answer in time, a connection cut off), REMOTE_ANSWER_INVALID (more than
 *   `maxBytes`), INTERRUPTED; the same from `body`; what the request's own body throws
 */
export async function request(options: HttpRequest): Promise<HttpResponse> {
  throwIfAborted(options.signal);
  try {
    return await new Exchange(options).start();
  } catch (error) {
    // An idle connection that the other side closes in the moment in which it is used again says nothing about the request.
    if (!isStale(error) || options.body !== undefined) throw failure(options, error);
    return new Exchange(options).start().catch((again: unknown) => {
      throw failure(options, again);
    });
  }
}

class StaleConnection extends Error {}
/** What the request's own body threw, as the cause. */
class SourceFailed extends Error {}

function isStale(error: unknown): boolean {
  return error instanceof StaleConnection;
}

class Exchange {
  readonly #options: HttpRequest;
  readonly #request: http.ClientRequest;
  readonly #stop: () => void;
  #idle: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #closed = false;
  /** Why we ended it ourselves; whatever Node says then is a consequence. */
  #reason: Error | undefined;

  constructor(options: HttpRequest) {
    this.#options = options;
    const { method, url, headers = {}, body } = options;
    const length = body === undefined ? '0' : body instanceof Uint8Array ? String(body.length) : undefined;
    this.#request = (url.protocol === 'https:' ? https : http).request(url, {
      method,
      headers: {
        'accept-encoding': 'identity',
        // A server that refuses says so before a model is sent to it.
        ...(length === undefined ? { expect: '100-continue' } : method === 'GET' ? {} : { 'content-length': length }),
        ...headers,
      },
      rejectUnauthorized: true,
      ...(url.protocol === 'http:' ? { lookup: onlyLoopback } : {}),
      // A stream is sent once, so it goes over a connection that nobody is about to close.
      ...(length === undefined ? { agent: false } : {}),
    });
    this.#stop = () => this.#end(new StemmaError('INTERRUPTED', 'interrupted'));
  }

  async start(): Promise<HttpResponse> {
    const { signal, body } = this.#options;
    signal?.addEventListener('abort', this.#stop, { once: true });
    if (body === undefined || body instanceof Uint8Array) this.#startDeadline();
    this.#moved();
    try {
      const answer = Promise.withResolvers<http.IncomingMessage>();
      this.#request.once('response', answer.resolve);
      // Stays, so that an error after the answer is never unhandled: the body's reader meets it as well.
      this.#request.on('error', (error: NodeJS.ErrnoException) => {
        const reused = this.#request.reusedSocket && error.code === 'ECONNRESET';
        answer.reject(this.#reason ?? (reused ? new StaleConnection() : error));
      });
      // An answer may come before all was sent: then nobody waits for the rest.
      this.#send(body, answer.promise).catch(answer.reject);
      const response = await answer.promise;
      this.#startDeadline();
      this.#moved();
      return {
        status: response.statusCode ?? 0,
        headers: flat(response.headers),
        body: this.#body(response),
        trailers: () => flat(response.trailers),
      };
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async #send(body: HttpRequest['body'], answer: Promise<unknown>): Promise<void> {
    if (body === undefined || body instanceof Uint8Array) {
      this.#request.end(body);
      return;
    }
    let answered = false;
    const asked = new Promise<void>((resolve) => {
      this.#request.once('continue', resolve);
      answer
        .then(
          () => (answered = true),
          () => (answered = true),
        )
        .finally(resolve);
      setTimeout(resolve, PATIENCE_MS).unref();
    });
    await asked;
    try {
      for await (const chunk of body) {
        if (answered || this.#request.destroyed) return;
        await new Promise<void>((resolve, reject) => {
          this.#request.write(chunk, (error) => (error ? reject(error) : resolve()));
        });
        this.#moved();
      }
      this.#request.end();
      this.#startDeadline();
    } catch (error) {
      // When the connection ended under us, its error or the answer says why. Otherwise it is the source that failed.
      if (!this.#request.destroyed) this.#end(new SourceFailed('the source of the body failed', { cause: error }));
    }
  }

  async *#body(response: http.IncomingMessage): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > this.#options.maxBytes) {
          throw new StemmaError(
            'REMOTE_ANSWER_INVALID',
            `${place(this.#options)} sent more than ${this.#options.maxBytes} bytes`,
          );
        }
        this.#moved();
        yield chunk;
      }
      if (!response.complete) throw new Error('the answer was cut off');
    } catch (error) {
      throw failure(this.#options, this.#reason ?? error);
    } finally {
      this.#close();
      if (!response.complete) this.#request.destroy();
    }
  }

  #moved(): void {
    clearTimeout(this.#idle);
    if (this.#reason === undefined)
      this.#idle = setTimeout(() => this.#timeOut(this.#options.timeoutMs), this.#options.timeoutMs);
  }

  #startDeadline(): void {
    const { deadlineMs } = this.#options;
    if (deadlineMs !== undefined && !this.#closed)
      this.#deadline ??= setTimeout(() => this.#timeOut(deadlineMs), deadlineMs);
  }

  #timeOut(ms: number): void {
    this.#end(
      new StemmaError('REMOTE_UNAVAILABLE', `${place(this.#options)} did not answer within ${ms / 1000} seconds`, {
        details: { timedOut: true },
        hint: 'if it is busy with a large model, give it longer with --timeout SECONDS',
      }),
    );
  }

  #end(reason: Error): void {
    this.#reason ??= reason;
    this.#close();
    this.#request.destroy(this.#reason);
  }

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#idle);
    clearTimeout(this.#deadline);
    this.#options.signal?.removeEventListener('abort', this.#stop);
  }
}

function flat(headers: http.IncomingHttpHeaders | NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Whom we talk to, without queries. */
function place({ url }: HttpRequest): string {
  return escapeText(`${url.origin}${url.pathname}`);
}

function failure(options: HttpRequest, error: unknown): unknown {
  if (error instanceof SourceFailed) return error.cause;
  if (isStemmaError(error)) return error;
  if (!(error instanceof Error)) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const why = REASONS[code] ?? escapeText(error.message);
  return new StemmaError('REMOTE_UNAVAILABLE', `${place(options)} could not be asked: ${why}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut off',
  EPIPE: 'the connection was cut off',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut off',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be looked up',
};
