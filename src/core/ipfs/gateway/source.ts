import type { CID } from 'multiformats/cid';
import { StemmaError, throwIfAborted } from '../../errors/index.ts';
import type { BlockSource } from '../block.ts';
import { formatCid } from '../cid.ts';
import { askForBlock, isRefusal, nameOf, nobodyGave, type Refusal, type Remote } from './ask.ts';

export interface RemoteSourceOptions {
  /** How long nothing at all may come from a remote; default 30 s. */
  readonly timeoutMs?: number;
  /** Waits before a remote is asked again. @throws StemmaError INTERRUPTED */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1: spreads the retries of many clients. */
  readonly random: () => number;
  /** Told once of each remote that sent wrong bytes; it is not asked any more. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;
/** A remote that wants more patience than this is passed over. */
const MAX_WAIT_MS = 20_000;

/**
 * Blocks from gateways and nodes, none of which is trusted: each block is hashed before it is returned. They are asked in turn,
 * the one that gave the last block first; one that sends wrong bytes is named, and not asked again.
 *
 * @throws StemmaError USAGE where there is nobody to ask
 */
export function remoteSource(remotes: readonly Remote[], options: RemoteSourceOptions): BlockSource {
  if (remotes.length === 0) {
    throw new StemmaError('USAGE', 'there is no gateway and no node to ask for blocks', {
      hint: 'name one by --gateway URL, or a node by --kubo URL',
    });
  }
  return new RemoteSource(remotes, options);
}

class RemoteSource implements BlockSource {
  readonly #options: RemoteSourceOptions;
  /** In the order in which they are asked. */
  #remotes: readonly Remote[];
  /** Those that lied, with what they did. */
  readonly #liars = new Map<Remote, Refusal>();

  constructor(remotes: readonly Remote[], options: RemoteSourceOptions) {
    this.#remotes = remotes;
    this.#options = options;
  }

  async get(cid: CID, signal?: AbortSignal): Promise<Uint8Array> {
    const refusals = new Map<Remote, Refusal>(this.#liars);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      for (const remote of this.#remotes) {
        const before = refusals.get(remote);
        if (this.#liars.has(remote) || (before !== undefined && before.kind !== 'busy')) continue;
        throwIfAborted(signal);
        const answer = await askForBlock(remote, cid, { timeoutMs: this.#options.timeoutMs ?? TIMEOUT_MS, signal });
        if (!isRefusal(answer)) {
          this.#prefer(remote);
          return answer;
        }
        refusals.set(remote, answer);
        if (answer.kind === 'lied') this.#distrust(remote, answer, cid);
      }
      const busy = [...refusals.values()].filter(({ kind }) => kind === 'busy');
      const waitMs = this.#waitAfter(attempt, busy);
      if (waitMs === undefined || attempt === ATTEMPTS - 1) break;
      await this.#options.wait(waitMs, signal);
    }
    throw nobodyGave(cid, [...refusals]);
  }

  /** How long to wait before the busy ones are asked again; undefined where that is pointless. */
  #waitAfter(attempt: number, busy: readonly Refusal[]): number | undefined {
    if (busy.length === 0) return undefined;
    const asked = Math.min(...busy.map(({ waitMs = 0 }) => waitMs));
    if (asked > MAX_WAIT_MS) return undefined;
    const own = FIRST_WAIT_MS * 2 ** attempt;
    return Math.max(asked, own / 2 + (own / 2) * this.#options.random());
  }

  #prefer(remote: Remote): void {
    if (this.#remotes[0] === remote) return;
    this.#remotes = [remote, ...this.#remotes.filter((other) => other !== remote)];
  }

  #distrust(remote: Remote, refusal: Refusal, cid: CID): void {
    if (this.#liars.has(remote)) return;
    this.#liars.set(remote, refusal);
    this.#options.onWarning?.(
      `${nameOf(remote)} ${refusal.why}, for block ${formatCid(cid)}; it is not asked any more`,
    );
  }
}
