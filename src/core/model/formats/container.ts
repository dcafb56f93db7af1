/** What a parsed container looks like to the rest of Stemma, whatever its format (design §3). */

export type ContainerFormat = 'safetensors' | 'gguf';

export interface Tensor {
  /** Unescaped, well-formed, free of control characters; at most 64 UTF-8 bytes in GGUF. */
  readonly name: string;
  /** As the format spells it: `F8_E4M3`, `BF16`, `Q4_K`. */
  readonly dtype: string;
  /** Outermost dimension first; empty for a scalar; at most 255 dimensions, each a safe integer. */
  readonly shape: readonly number[];
  /** First byte of the data, absolute in the file. */
  readonly offset: number;
  /** Bytes of data; 0 where a dimension is 0. */
  readonly length: number;
  /** Product of the shape. */
  readonly parameters: number;
}

/** A range of the file that design §3 cuts into segments on its own; never empty. */
export interface Region {
  readonly offset: number;
  readonly length: number;
  /** Index into `Container.tensors`; absent for the header and for gaps, padding and trailing bytes. */
  readonly tensor?: number;
}

/** The few facts of a header that `inspect` shows; never interpreted, and untrusted text. */
export interface ContainerMetadata {
  /** Members of `__metadata__` (safetensors) or key-values (GGUF). */
  readonly entries: number;
  /** GGUF `general.architecture`. */
  readonly architecture?: string;
  /** GGUF `general.name`. */
  readonly name?: string;
  /** GGUF `general.file_type`, the number that says which quantisation most tensors have. */
  readonly fileType?: number;
  /** GGUF keys that carry a Jinja chat template, which can change behaviour while every weight stays the same. */
  readonly chatTemplates: readonly string[];
}

export interface Container {
  readonly format: ContainerFormat;
  /** Bytes of the header region, which starts at 0. */
  readonly headerLength: number;
  /** In file order: by offset, then length, then name (UTF-8 bytes). */
  readonly tensors: readonly Tensor[];
  /** Cover `[0, fileSize)` in order without holes. A zero-length tensor has none. */
  readonly regions: readonly Region[];
  readonly metadata: ContainerMetadata;
  /** Findings: accepted, yet worth an auditor's eye. May quote untrusted text, escaped. */
  readonly notes: readonly string[];
}

/**
 * One step of reading a header: the container, or how many bytes from the start of the file the parser has to be
 * given instead (more than it was given, at most the file and the header cap).
 */
export type HeaderStep = { readonly done: Container } | { readonly needBytes: number };

/** Parses a header from the first bytes of a file of `fileSize` bytes; pure, and to be called again when it asks for more. */
export type HeaderParser = (prefix: Uint8Array, fileSize: number) => HeaderStep;

export type Sniff =
  | { readonly kind: 'container'; readonly format: ContainerFormat }
  | { readonly kind: 'plain'; readonly finding?: string };
