export type {
  Container,
  ContainerFormat,
  HeaderStep,
  Tensor,
} from './container.ts';
export { parseGguf, sniffGguf } from './gguf.ts';
export { isLfsPointer, type LfsPointer, parseLfsPointer } from './lfs-pointer.ts';
export { CONTAINER_PARSERS, isSafetensorsIndexName, isSafetensorsName } from './recognise.ts';
export { parseSafetensors } from './safetensors.ts';
export { parseSafetensorsIndex, SAFETENSORS_INDEX_MAX_BYTES, type SafetensorsIndex } from './safetensors-index.ts';
