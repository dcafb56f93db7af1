import type { CID } from 'multiformats/cid';
import { concatBytes, escapeText } from '../../bytes/index.ts';
import { sha256 } from '../../digest/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { checkBlock, MAX_BLOCK_BYTES } from '../block.ts';
import { formatCid } from '../cid.ts';
import { below } from '../endpoint.ts';
import { type HttpResponse, request } from '../http.ts';

/** Who is asked for blocks: a trustless gateway (`GET /ipfs/CID?format=raw`), or the RPC of a Kubo node (`block/get`). */
export interface Remote {
  readonly kind: 'gateway' | 'kubo';
  /** As `parseEndpoint` returns it. */
  readonly url: URL;
  /** The value of its `Authorization` header, sent to nobody else. */
  readonly authorization?: string | undefined;
}

/** Why a remote did not give a block. */
export interface Refusal {
  /** `busy` may pass if one asks again; `missing` is an answer; `lied` sent bytes of another block; `refused` will not change. */
  readonly kind: 'busy' | 'missing' | 'lied' | 'refused';
  readonly why: string;
  /** Milliseconds that the remote asks us to wait. */
  readonly waitMs?: number;
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** However slowly a block trickles in, it is here by then. */
const DEADLINES = 10;
/** Raw blocks come as they are; what a proxy or a captive portal puts around an error page is at most read this far. */
const MAX_ANSWER_BYTES = MAX_BLOCK_BYTES;

/**
 * Asks one remote for one block and holds what it sends to the CID (trustless gateway specification, "Block responses";
 * Kubo RPC `block/get`). Statuses, types and lengths that a remote states count for nothing but the message.
 *
 * @returns the bytes of the block, or why there are none
 * @throws StemmaError INTERRUPTED
 */
export async function askForBlock(remote: Remote, cid: CID, options: AskOptions): Promise<Uint8Array | Refusal> {
  try {
    const response = await send(remote, cid, options);
    const bytes = await readAll(response);
    if (response.status !== 200) return refusalOf(remote, response, bytes);
    checkBlock({ cid, bytes }, sha256);
    return bytes;
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    if (error.code === 'REMOTE_UNAVAILABLE') return { kind: 'busy', why: withoutPlace(error.message) };
    if (error.code === 'BLOCK_MISMATCH') return { kind: 'lied', why: 'sent bytes that are not those of the CID' };
    return { kind: 'lied', why: `sent more than the ${MAX_BLOCK_BYTES} bytes that a block may have` };
  }
}

export function nameOf({ kind, url }: Remote): string {
  return `${kind === 'kubo' ? 'node' : 'gateway'} ${escapeText(`${url.origin}${url.pathname.replace(/\/$/, '')}`)}`;
}

function send(
  { kind, url, authorization }: Remote,
  cid: CID,
  { timeoutMs, signal }: AskOptions,
): Promise<HttpResponse> {
  const limits = { timeoutMs, deadlineMs: timeoutMs * DEADLINES, maxBytes: MAX_ANSWER_BYTES, signal };
  const headers = authorization === undefined ? {} : { authorization };
  if (kind === 'kubo')
    return request({
      method: 'POST',
      url: below(url, '/api/v0/block/get', { arg: formatCid(cid) }),
      headers,
      ...limits,
    });
  const accept = { accept: 'application/vnd.ipld.raw' };
  const address = below(url, `/ipfs/${formatCid(cid)}`, { format: 'raw' });
  return request({ method: 'GET', url: address, headers: { ...accept, ...headers }, ...limits });
}

async function readAll({ body }: HttpResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return concatBytes(...chunks);
}

function refusalOf({ kind }: Remote, { status, headers }: HttpResponse, body: Uint8Array): Refusal {
  if (status >= 300 && status < 400) {
    // Followed, it would ask a host that nobody named, maybe with the token.
    const where = headers['location'] === undefined ? '' : ` (to ${escapeText(headers['location'].slice(0, 100))})`;
    return { kind: 'refused', why: `answered with a redirect${where}, which is not followed` };
  }
  if (status === 404 || status === 410) return { kind: 'missing', why: 'does not have it' };
  if (status === 401 || status === 403 || status === 451) return { kind: 'refused', why: `refused, status ${status}` };
  // Kubo answers 500 to whatever went wrong, and only its words tell that it looked and found nothing.
  if (
    kind === 'kubo' &&
    status === 500 &&
    /could not find|not found/.test(new TextDecoder().decode(body.subarray(0, 1000)))
  )
    return { kind: 'missing', why: 'does not have it' };
  const why = `answered with status ${status}`;
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', why };
  const seconds = headers['retry-after'];
  // A date in Retry-After is left to our own patience.
  return { kind: 'busy', why, ...(/^\d{1,6}$/.test(seconds ?? '') ? { waitMs: Number(seconds) * 1000 } : {}) };
}

/** The message of the request names the address with the CID; ours names both already. */
function withoutPlace(message: string): string {
  return message.replace(/^\S+ (?:could not be asked: )?/, '');
}

export function isRefusal(answer: Uint8Array | Refusal): answer is Refusal {
  return !(answer instanceof Uint8Array);
}

/** What a reader of the source is told once nobody gave the block. */
export function nobodyGave(cid: CID, refusals: readonly (readonly [Remote, Refusal])[]): StemmaError {
  const asked = refusals.map(([remote, { why }]) => `${nameOf(remote)} ${why}`).join('; ');
  const kinds = refusals.map(([, { kind }]) => kind);
  const details = { cid: formatCid(cid) };
  if (kinds.every((kind) => kind === 'lied')) {
    return new StemmaError('BLOCK_MISMATCH', `block ${formatCid(cid)}: ${asked}`, {
      hint: 'ask another gateway: this one does not serve what it is asked for',
      details,
    });
  }
  if (kinds.every((kind) => kind === 'missing')) {
    return new StemmaError('BLOCK_MISSING', `block ${formatCid(cid)}: ${asked}`, {
      hint: 'name a gateway or a node that can reach who pinned it, by --gateway or --kubo',
      details,
    });
  }
  return new StemmaError('REMOTE_UNAVAILABLE', `block ${formatCid(cid)}: ${asked}`, {
    hint: 'try again later, or name more gateways',
    details,
  });
}
