import type { ContainerFormat, HeaderParser } from './container.ts';
import { parseGguf } from './gguf.ts';
import { parseSafetensors } from './safetensors.ts';

/** The closed table of containers; a new row is a V2 of the trees (design §3). */
export const CONTAINER_PARSERS = {
  safetensors: parseSafetensors,
  gguf: parseGguf,
} as const satisfies Record<ContainerFormat, HeaderParser>;

/** In a folder, a safetensors file is recognised by these exact bytes at the end of its name. */
export function isSafetensorsName(path: string): boolean {
  return path.endsWith('.safetensors');
}

export function isSafetensorsIndexName(path: string): boolean {
  return path.endsWith('.safetensors.index.json');
}
