import { quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { parseEndpoint } from '../endpoint.ts';
import type { PinTarget, TargetContext } from './target.ts';

/** Where to pin, as the user names it; checked, and nothing loaded or asked yet. */
export type PinPlace =
  | { readonly kind: 'car'; readonly file: string }
  | { readonly kind: 'kubo' | 'cluster' | 'service'; readonly url: URL; readonly label: string };

const KUBO_HERE = 'http://127.0.0.1:5001';
const PLACES = 'kubo, kubo=URL, car=FILE, cluster=URL or service=URL';

/** Each loads its own module alone. */
const TARGETS = {
  kubo: async () => (await import('./kubo.ts')).kuboTarget,
  cluster: async () => (await import('./cluster.ts')).clusterTarget,
  service: async () => (await import('./service.ts')).serviceTarget,
} as const satisfies Record<
  Exclude<PinPlace['kind'], 'car'>,
  () => Promise<(url: URL, label: string, context: TargetContext) => PinTarget>
>;

/**
 * Reads a value of `--to`.
 *
 * @throws StemmaError USAGE
 */
export function parsePlace(text: string): PinPlace {
  const equals = text.indexOf('=');
  const kind = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? undefined : text.slice(equals + 1);
  if (kind === 'car') {
    if (value === undefined || value === '') throw new StemmaError('USAGE', 'expected car=FILE, found no file');
    return { kind, file: value };
  }
  if (kind !== 'kubo' && kind !== 'cluster' && kind !== 'service') {
    throw new StemmaError('USAGE', `expected ${PLACES}, found ${/[@?#]/.test(text) ? 'another' : quote(text, 80)}`);
  }
  if (value === undefined && kind !== 'kubo') throw new StemmaError('USAGE', `expected ${kind}=URL, found no address`);
  const url = parseEndpoint(value ?? KUBO_HERE, kind === 'kubo' ? 'a Kubo node' : `a ${kind}`);
  return { kind, url, label: value === undefined ? kind : `${kind}=${url.href.replace(/\/$/, '')}` };
}

/** Loads the target; asks it nothing. */
export async function openTarget(place: PinPlace, context: TargetContext): Promise<PinTarget> {
  if (place.kind === 'car') return (await import('./car.ts')).carTarget(place.file);
  const make = await TARGETS[place.kind]();
  return make(place.url, place.label, context);
}
