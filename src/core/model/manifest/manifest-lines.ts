import { canonicalJson, decodeUtf8, type JsonObject, parseJson } from '../../bytes/index.ts';
import { isStemmaError } from '../../errors/index.ts';
import type { ContainerFormat } from '../formats/index.ts';
import type { SegmentHash, TreeRoot } from '../trees/trees.ts';
import { ManifestFields, manifestInvalid } from './manifest-fields.ts';

/** The `type` of the first line, and with it the version of the whole file (docs/formats/manifest.md). */
export const MANIFEST_TYPE = 'https://w3id.org/stemma/manifest/v1';

/** Far above any line that `attest` writes but the header or tensor set of a model with very many ignores or shards. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const HASHES = ['blake3', 'sha256'] as const;
const FORMATS = ['safetensors', 'gguf'] as const;

export interface HeaderLine {
  readonly type: typeof MANIFEST_TYPE;
  readonly kind: 'folder' | 'file';
  readonly hash: SegmentHash;
  readonly files: number;
  readonly bytes: number;
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly fileTree: TreeRoot;
  readonly segmentTree: TreeRoot;
  readonly tensorSets: number;
}

export interface FileLine {
  readonly type: 'file';
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly segments: number;
  /** Absent for a file that is one region. */
  readonly format?: ContainerFormat;
}

export interface SegmentLine {
  readonly type: 'segment';
  readonly offset: number;
  readonly length: number;
  readonly digest: string;
  readonly tensor?: string;
}

export interface TensorSetLine {
  readonly type: 'tensorSet';
  readonly path: string;
  readonly format: ContainerFormat;
  readonly files: readonly string[];
  readonly hash: SegmentHash;
  readonly size: number;
  readonly parameters: number;
  readonly root: string;
}

export interface TensorLine {
  readonly type: 'tensor';
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly length: number;
  /** Index into the set's `files`. */
  readonly file: number;
  readonly root: string;
}

export type ManifestLine = HeaderLine | FileLine | SegmentLine | TensorSetLine | TensorLine;

/**
 * Reads one line, without its LF: strict JSON in the form of RFC 8785, the members of its type and no other.
 *
 * @param line its number, counted from 1
 * @throws StemmaError MANIFEST_INVALID with `details.line`
 */
export function parseManifestLine(bytes: Uint8Array, line: number): ManifestLine {
  try {
    const text = decodeUtf8(bytes);
    const value = parseJson(text, {
      maxBytes: MAX_LINE_BYTES,
      maxDepth: 3,
      integersOnly: true,
      what: 'a manifest line',
    });
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw manifestInvalid('expected an object', line);
    const fields = new ManifestFields(value as JsonObject, line);
    const parsed = parseFields(fields);
    fields.requireNoOthers();
    if (canonicalJson(value) !== text) throw manifestInvalid('expected the form of RFC 8785', line);
    return parsed;
  } catch (cause) {
    if (!isStemmaError(cause) || cause.code === 'MANIFEST_INVALID') throw cause;
    throw manifestInvalid(cause.message, line, cause);
  }
}

function parseFields(fields: ManifestFields): ManifestLine {
  const type = fields.text('type');
  switch (type) {
    case MANIFEST_TYPE:
      return {
        type,
        kind: fields.oneOf('kind', ['folder', 'file']),
        hash: fields.oneOf('hash', HASHES),
        files: fields.integer('files'),
        bytes: fields.integer('bytes'),
        ignored: fields.has('ignored') ? fields.texts('ignored') : [],
        opaque: fields.has('opaque') ? fields.texts('opaque') : [],
        fileTree: fields.tree('fileTree'),
        segmentTree: fields.tree('segmentTree'),
        tensorSets: fields.integer('tensorSets'),
      };
    case 'file':
      return {
        type,
        path: fields.text('path'),
        size: fields.integer('size'),
        sha256: fields.digest('sha256'),
        segments: fields.integer('segments'),
        ...(fields.has('format') ? { format: fields.oneOf('format', FORMATS) } : {}),
      };
    case 'segment':
      return {
        type,
        offset: fields.integer('offset'),
        length: fields.integer('length'),
        digest: fields.digest('digest'),
        ...(fields.has('tensor') ? { tensor: fields.text('tensor') } : {}),
      };
    case 'tensorSet':
      return {
        type,
        path: fields.text('path'),
        format: fields.oneOf('format', FORMATS),
        files: fields.texts('files'),
        hash: fields.oneOf('hash', HASHES),
        size: fields.integer('size'),
        parameters: fields.integer('parameters'),
        root: fields.digest('root'),
      };
    case 'tensor':
      return {
        type,
        name: fields.text('name'),
        dtype: fields.text('dtype'),
        shape: fields.integers('shape'),
        length: fields.integer('length'),
        file: fields.integer('file'),
        root: fields.digest('root'),
      };
    default:
      throw fields.bad('type', 'a line type of this version');
  }
}
