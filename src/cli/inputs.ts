import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { parseCertificates } from '../core/keys/index.ts';
import type { TrustEntry } from '../core/verify/index.ts';
import { loadTrustedKeys } from './keys.ts';
import { readNamedFile } from './named-file.ts';

const MAX_CERTIFICATE_FILE = 1024 * 1024;
const MAX_TRUSTED_ROOT = 16 * 1024 * 1024;

/**
 * `NAME=VALUE` flags.
 *
 * @throws StemmaError USAGE for a value without a name, a name given twice, or `__proto__`, which no statement may contain
 */
export function parseParameters(values: readonly string[]): Readonly<Record<string, string>> {
  const out = new Map<string, string>();
  for (const value of values) {
    const equals = value.indexOf('=');
    const name = value.slice(0, Math.max(0, equals));
    if (name === '' || name === '__proto__')
      throw new StemmaError('USAGE', `expected --param NAME=VALUE, found ${quote(value, 80)}`);
    if (out.has(name)) throw new StemmaError('USAGE', `parameter ${quote(name, 80)} is given twice`);
    out.set(name, value.slice(equals + 1));
  }
  return Object.fromEntries(out);
}

/** The environment for the recognition of CI systems and for Git. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env };
}

/** Certificates of several files, in order, as DER. */
export async function loadCertificates(files: readonly string[]): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for (const file of files)
    out.push(...parseCertificates(await readNamedFile(file, 'certificate file', MAX_CERTIFICATE_FILE)));
  return out;
}

export interface TrustFlags {
  readonly key?: string[] | undefined;
  readonly 'cert-chain'?: string[] | undefined;
  readonly identity?: string | undefined;
  readonly 'identity-provider'?: string | undefined;
  readonly 'trusted-root'?: string | undefined;
}

/**
 * The trust root that the flags name.
 *
 * @throws StemmaError KEY_INVALID, CERTIFICATE_INVALID, USAGE
 */
export async function loadTrust(flags: TrustFlags, warn: (message: string) => void): Promise<TrustEntry[]> {
  const entries: TrustEntry[] = (await loadTrustedKeys(flags.key, warn)).map(({ label, key }) => ({
    kind: 'key',
    label,
    key,
  }));
  const anchors = await loadCertificates(flags['cert-chain'] ?? []);
  if (anchors.length > 0) entries.push({ kind: 'anchors', label: 'the given certificates', anchors });
  const { identity } = flags;
  const issuer = flags['identity-provider'];
  if (identity !== undefined && issuer !== undefined) {
    const file = flags['trusted-root'];
    const trustedRoot =
      file === undefined ? {} : { trustedRoot: await readNamedFile(file, 'trusted root', MAX_TRUSTED_ROOT) };
    entries.push({ kind: 'identity', label: identity, identity, issuer, ...trustedRoot });
  }
  return entries;
}

/**
 * `5%` or `0.05`.
 *
 * @throws StemmaError USAGE
 */
export function parseFraction(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text.trim());
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (!(value > 0 && value <= 1)) {
    throw new StemmaError('USAGE', `expected --sample as a share such as 5% or 0.05, found ${quote(text, 40)}`);
  }
  return value;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * `500000`, `64M`, `2GiB`.
 *
 * @throws StemmaError USAGE
 */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15})\s*(?:([kmgt])i?)?b?$/i.exec(text.trim());
  const value = match === null ? Number.NaN : Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(value))
    throw new StemmaError('USAGE', `expected a number of bytes such as 64M or 2GiB, found ${quote(text, 40)}`);
  return value;
}

const INTERVAL = /^([1-9]\d{0,8})(s|m|h)?$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
/** Of a timer. */
const MAX_SECONDS = 2_147_483;

/**
 * `60s`, `5m`, `1h`, or a number of records.
 *
 * @throws StemmaError USAGE
 */
export function parseInterval(text: string): { readonly seconds: number } | { readonly records: number } {
  const [, number = '0', unit] = INTERVAL.exec(text.trim()) ?? [];
  if (unit === undefined && number !== '0') return { records: Number(number) };
  const seconds = Number(number) * (SECONDS[unit ?? ''] ?? 0);
  if (seconds < 1 || seconds > MAX_SECONDS) {
    throw new StemmaError('USAGE', `expected an interval such as 60s, 5m or 1000 (records), found ${quote(text, 40)}`);
  }
  return { seconds };
}

const TIME = /^\d{4}-\d{2}-\d{2}(?:T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * RFC 3339, or a date alone, which is its first moment in UTC.
 *
 * @throws StemmaError USAGE
 */
export function parseTime(text: string): Date {
  const time = new Date(TIME.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime()) || !isDay(text.slice(0, 10)))
    throw new StemmaError('USAGE', `expected a time such as 2026-11-23T12:00:00Z, found ${quote(text, 40)}`);
  return time;
}

/** Date takes 30 February for 2 March. */
function isDay(date: string): boolean {
  return new Date(date).toISOString().startsWith(date);
}
