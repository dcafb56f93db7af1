import {
  type ManifestSummary,
  type ModelDigest,
  manifestLines,
  readManifest,
} from '../../../../src/core/model/index.ts';
import { type Files, gguf, indexOf, safetensors, tensorsNamed } from '../support.ts';

export const textOf = (model: ModelDigest): string => [...manifestLines(model)].join('');

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function read(text: string | Uint8Array, chunk = 1 << 16): Promise<ManifestSummary> {
  return readManifest(inChunks(Buffer.from(text), chunk));
}

export const FILES: Files = {
  '.hidden': 'h',
  'adapter.gguf': gguf({ one: [1], two: [1, 2, 3] }, 'trailing'),
  empty: '',
  'model.safetensors.index.json': indexOf({ a: 's1.safetensors', b: 's2.safetensors' }),
  's1.safetensors': safetensors({ a: { data: 'aaaa' }, none: { shape: [0], data: '' } }),
  's2.safetensors': tensorsNamed('b'),
  'ü/\u{1f600}': 'non-ASCII',
};
