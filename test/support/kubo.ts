import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const PEERS = path.resolve(import.meta.dirname, '../peers');
const CACHE = path.resolve(import.meta.dirname, '../../.cache/peers');

/** A program that `npm run interop:ipfs` built, or undefined. */
export function builtPeer(name: 'ipfs' | 'ipfs-cluster-service', sources: 'kubo' | 'cluster'): string | undefined {
  const pins = readFileSync(path.join(PEERS, sources, 'go.sum'));
  const folder = path.join(CACHE, `${name}-${createHash('sha256').update(pins).digest('hex').slice(0, 12)}`);
  return existsSync(path.join(folder, '.installed')) ? path.join(folder, name) : undefined;
}

/** The real Kubo, or undefined. */
export const kuboBinary = (): string | undefined => builtPeer('ipfs', 'kubo');

export interface KuboNode {
  /** Of its RPC. */
  readonly url: string;
  readonly gateway: string;
  readonly peer: string;
  /** Where other nodes reach it, with its peer ID. */
  readonly address: string;
  readonly folder: string;
  readonly process: ChildProcess;
  /** Runs `ipfs` against the repository of this node; returns what it prints. */
  cli(...args: string[]): Promise<string>;
  stop(): Promise<void>;
  /** Without a chance to tidy up. */
  kill(): Promise<void>;
}

export interface KuboOptions {
  readonly binary?: string;
  /** Names of `API.Authorizations`, each with its `AuthSecret` (`bearer:…`, `basic:user:password`) and paths. */
  readonly authorizations?: Readonly<Record<string, { AuthSecret: string; AllowedPaths: readonly string[] }>>;
  /** No file of the node grows past so many KiB: a full disk, for a node. */
  readonly maxFileKib?: number;
}

/**
 * Starts a node that knows nobody and is reached from this machine alone: ports chosen by the system, no bootstrap, no mDNS, no
 * routing, no telemetry. A repository that is there is taken as it is.
 */
export async function startKubo(folder: string, options: KuboOptions = {}): Promise<KuboNode> {
  const binary = options.binary ?? kuboBinary();
  if (binary === undefined) throw new Error('Kubo is not built: npm run interop:ipfs');
  mkdirSync(folder, { recursive: true });
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, IPFS_PATH: folder, IPFS_TELEMETRY: 'off' };
  const run = promisify(execFile);
  const cli = async (...args: string[]) =>
    (await run(binary, args, { env, maxBuffer: 256 * 1024 * 1024, timeout: 120_000 })).stdout;
  const file = path.join(folder, 'config');
  if (!existsSync(file)) await cli('init', '--profile=test,unixfs-v1-2025', '--empty-repo');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.Routing = { ...config.Routing, Type: 'none' };
  config.API = { ...config.API, ...(options.authorizations ? { Authorizations: options.authorizations } : {}) };
  writeFileSync(file, JSON.stringify(config));
  // The shell's limit holds for what it becomes.
  const limit = options.maxFileKib === undefined ? '' : `ulimit -f ${options.maxFileKib}; trap '' XFSZ; `;
  const child = spawn('sh', ['-c', `${limit}exec "$0" daemon`, binary], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await ready(child);
  const peer: string = config.Identity.PeerID;
  const swarm = [...output(child).matchAll(/Swarm listening on 127\.0\.0\.1:(\d+)/g)][0]?.[1];
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return {
    url: urlOf(/RPC API server listening on \/ip4\/127\.0\.0\.1\/tcp\/(\d+)/, child),
    gateway: urlOf(/Gateway server listening on \/ip4\/127\.0\.0\.1\/tcp\/(\d+)/, child),
    peer,
    address: `/ip4/127.0.0.1/tcp/${swarm ?? '0'}/p2p/${peer}`,
    folder,
    process: child,
    cli,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

const outputs = new WeakMap<ChildProcess, string[]>();
const output = (child: ChildProcess): string => (outputs.get(child) ?? []).join('');

async function ready(child: ChildProcess): Promise<void> {
  const text: string[] = [];
  outputs.set(child, text);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => text.push(chunk.toString()));
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (output(child).includes('Daemon is ready')) return;
    if (child.exitCode !== null || child.signalCode !== null) break;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the node did not start:\n${output(child)}`);
}

function urlOf(pattern: RegExp, child: ChildProcess): string {
  const port = pattern.exec(output(child))?.[1];
  if (port === undefined) throw new Error(`the node names no address:\n${output(child)}`);
  return `http://127.0.0.1:${port}`;
}
