import type { CID } from 'multiformats/cid';
import { escapeText, type JsonObject, type JsonValue, joinBytes, parseJson } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { splitLines } from '../../evidence/index.ts';
import { formatCid } from '../cid.ts';
import { below } from '../endpoint.ts';
import { type HttpRequest, request } from '../http.ts';
import { retrying } from './retry.ts';
import type { TargetContext } from './target.ts';

/** A server with an API of small JSON answers. */
export interface Remote extends TargetContext {
  readonly url: URL;
  /** Whose it is, in messages: `the Kubo node`. */
  readonly what: string;
}

export interface Question {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: JsonObject;
  readonly signal?: AbortSignal | undefined;
  /** Default 4 MiB. */
  readonly maxBytes?: number;
}

export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_SAID = 300;
/** How many time limits a small answer may take, whatever moves. */
const DEADLINES = 2;

/** Asks and reads the whole answer, whatever its status, again where that may help. An error in the trailers is an error. */
export function ask(remote: Remote, question: Question): Promise<Answer> {
  return retrying(() => once(remote, question), { random: remote.random, signal: question.signal });
}

/** The JSON of an answer with a status of success. @throws StemmaError REMOTE_UNAVAILABLE for another status */
export async function askJson(remote: Remote, question: Question): Promise<JsonValue> {
  const answer = await ask(remote, question);
  if (answer.status < 200 || answer.status > 299) throw refused(remote, answer);
  return jsonOf(remote, answer);
}

/** @throws StemmaError REMOTE_ANSWER_INVALID */
export function jsonOf(remote: Remote, { bytes }: Answer): JsonValue {
  try {
    return parseJson(bytes, { maxBytes: MAX_ANSWER_BYTES, maxDepth: 16, what: `the answer of ${remote.what}` });
  } catch (error) {
    throw isStemmaError(error) ? unexpected(remote, error.message) : error;
  }
}

/** The same for JSON Lines. */
export function linesOf(remote: Remote, { status, bytes }: Answer): readonly JsonValue[] {
  return splitLines(bytes).map((line) => jsonOf(remote, { status, bytes: line.bytes }));
}

/** The CAR of a DAG, in pieces. */
export interface CarUpload {
  readonly root: CID;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Sends a CAR as the one file of a multipart form. Not repeated here: the stream is the caller's. */
export async function upload(remote: Remote, question: Question, car: CarUpload): Promise<Answer> {
  // Hostile input: files of the model are in the CAR. None of them can name a root that depends on its own bytes.
  const boundary = `stemma-${formatCid(car.root)}`;
  return answerOf(remote, question, {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: multipart(boundary, car.bytes),
    deadlineMs: DEADLINES * remote.timeoutMs,
  });
}

async function* multipart(boundary: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="dag.car"\r\n`;
  yield Buffer.from(`${head}Content-Type: application/vnd.ipld.car\r\n\r\n`);
  yield* content;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

async function once(remote: Remote, question: Question): Promise<Answer> {
  const { json } = question;
  const headers = json === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await answerOf(remote, question, {
    headers,
    ...(json === undefined ? {} : { body: Buffer.from(JSON.stringify(json)) }),
    deadlineMs: DEADLINES * remote.timeoutMs,
  });
  if (answer.status === 429 || (answer.status >= 502 && answer.status <= 504)) throw refused(remote, answer);
  return answer;
}

async function answerOf(
  remote: Remote,
  { method, path, query, signal, maxBytes = MAX_ANSWER_BYTES }: Question,
  { headers, ...rest }: Pick<HttpRequest, 'headers' | 'body' | 'deadlineMs'>,
): Promise<Answer & { readonly retryAfterMs?: number }> {
  const response = await request({
    method,
    url: below(remote.url, path, query),
    headers: { ...headers, ...(remote.authorization === undefined ? {} : { authorization: remote.authorization }) },
    timeoutMs: remote.timeoutMs,
    maxBytes,
    signal,
    ...rest,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const failed = response.trailers()['x-stream-error'] ?? '';
  if (failed !== '') throw unavailable(remote, `failed after it had begun to answer: ${said(failed)}`, {});
  const seconds = Number.parseInt(response.headers['retry-after'] ?? '', 10);
  return {
    status: response.status,
    bytes: joinBytes(chunks),
    ...(seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
  };
}

const AUTH_HINT = 'put its secret into STEMMA_IPFS_TOKEN, or into a variable that --auth-env names';

/** An answer that says no: in the server's own words, which are untrusted. */
export function refused(remote: Remote, answer: Answer & { readonly retryAfterMs?: number }): StemmaError {
  const { status, retryAfterMs } = answer;
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const words = messageOf(answer);
  return unavailable(remote, `answered ${status}${words === '' ? '' : `: ${words}`}`, details);
}

export function unavailable(remote: Remote, what: string, details: Readonly<Record<string, unknown>>): StemmaError {
  const refusesUs = details['status'] === 401 || details['status'] === 403;
  return new StemmaError('REMOTE_UNAVAILABLE', `${remote.what} ${what}`, {
    details,
    ...(refusesUs ? { hint: AUTH_HINT } : {}),
  });
}

export function unexpected(remote: Remote, why: string): StemmaError {
  return new StemmaError('REMOTE_ANSWER_INVALID', `${remote.what} answered what such a server does not: ${why}`);
}

/** What an error answer says: Kubo's `Message`, the cluster's `message`, a pinning service's `error`, or plain text. */
export function messageOf({ bytes }: Answer): string {
  const text = Buffer.from(bytes.subarray(0, 4096)).toString('utf8');
  try {
    const json = parseJson(bytes, { maxBytes: 4096, maxDepth: 8, what: 'the answer' });
    if (isObject(json)) {
      const error = isObject(json['error']) ? json['error'] : json;
      const words = ['Message', 'message', 'reason', 'details'].flatMap((key) =>
        typeof error[key] === 'string' ? [error[key]] : [],
      );
      return said(words.join(': '));
    }
  } catch {
    // Plain text, as Kubo sends with 403.
  }
  // A page for people says nothing in one line.
  return /^\s*</.test(text) ? '' : said(text.trim().split('\n')[0] ?? '');
}

export function said(text: string): string {
  return escapeText(text.length > MAX_SAID ? `${text.slice(0, MAX_SAID)}…` : text);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
