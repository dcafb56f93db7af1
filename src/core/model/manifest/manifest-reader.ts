import { compareUtf8, decodeHex, hexEncode, pathProblem, quote } from '../../bytes/index.ts';
import { createHash, type DigestSet, FILE_TREE } from '../../digest/index.ts';
import { isSafetensorsIndexName } from '../formats/index.ts';
import { fileLeaf } from '../trees/leaves.ts';
import { segmentTreeKey } from '../trees/model-trees.ts';
import { type TensorSetRoot, TreeBuilder, type TreeRoot } from '../trees/trees.ts';
import { manifestInvalid } from './manifest-fields.ts';
import { ManifestFileReader } from './manifest-file.ts';
import {
  type FileLine,
  type HeaderLine,
  MANIFEST_TYPE,
  type ManifestLine,
  type TensorSetLine,
} from './manifest-lines.ts';
import { ManifestSetReader } from './manifest-set.ts';
import type { ReadTensors } from './read-tensors.ts';

/** What the lines of a manifest say, every root recomputed from them. */
export interface ManifestContent {
  readonly header: HeaderLine;
  readonly fileTree: TreeRoot;
  readonly segmentTree: TreeRoot;
  readonly tensorSets: readonly TensorSetRoot[];
  readonly digests: DigestSet;
}

/** Takes the lines of a manifest in order and holds them to docs/formats/manifest.md. Throws `MANIFEST_INVALID`. */
export class ManifestReader {
  readonly #fileTree = new TreeBuilder('sha256');
  readonly #omsRoot = createHash('sha256');
  readonly #containers = new Map<string, ReadTensors>();
  readonly #formats = new Map<string, string>();
  readonly #indexes = new Set<string>();
  readonly #tensorSets: TensorSetRoot[] = [];
  #header: HeaderLine | undefined;
  #segmentTree = new TreeBuilder('sha256');
  #file: { readonly line: FileLine; readonly reader: ManifestFileReader } | undefined;
  #set: ManifestSetReader | undefined;
  #lastSet: string | undefined;
  /** SHA-256 of the last file, which is the only one of a single-file model. */
  #lastSha256 = '';
  #files = 0;
  #bytes = 0;
  #line = 0;

  push(line: ManifestLine): void {
    this.#line++;
    if (line.type === MANIFEST_TYPE) return this.#readHeader(line);
    const header = this.#header;
    if (header === undefined) throw this.#bad('expected the header first');
    switch (line.type) {
      case 'file':
        return this.#readFile(line, header);
      case 'segment':
        if (this.#file === undefined) throw this.#bad('a segment without a file');
        return this.#file.reader.push(line, this.#line);
      case 'tensorSet':
        return this.#readSet(line, header);
      case 'tensor':
        if (this.#set === undefined) throw this.#bad('a tensor without a set');
        return this.#set.push(line, this.#line);
    }
  }

  /** To be called after the last line. */
  finish(): ManifestContent {
    this.#endFile();
    this.#endSet();
    const header = this.#header;
    if (header === undefined) throw this.#bad('expected a header, found nothing');
    if (this.#files === 0) throw this.#bad('expected at least one file');
    const fileTree = this.#fileTree.finish();
    const segmentTree = this.#segmentTree.finish();
    const found = [this.#files, this.#bytes, this.#tensorSets.length, fileTree, segmentTree];
    const expected = [header.files, header.bytes, header.tensorSets, header.fileTree, header.segmentTree];
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw this.#bad('the lines do not make what the header says');
    const omsRoot = hexEncode(this.#omsRoot.digest());
    const sha256 = header.kind === 'file' ? this.#lastSha256 : omsRoot;
    const digests = { sha256, [FILE_TREE]: fileTree.root, [segmentTreeKey(header.hash)]: segmentTree.root };
    return { header, fileTree, segmentTree, tensorSets: this.#tensorSets, digests };
  }

  #bad(why: string): Error {
    return manifestInvalid(why, this.#line);
  }

  #readHeader(header: HeaderLine): void {
    if (this.#header !== undefined) throw this.#bad('a second header');
    for (const list of [header.ignored, header.opaque]) {
      list.forEach((path, i) => {
        this.#checkPath(path, header.kind);
        if (i > 0 && compareUtf8(list[i - 1] as string, path) >= 0) throw this.#bad('paths are not in order');
      });
    }
    this.#header = header;
    this.#segmentTree = new TreeBuilder(header.hash);
  }

  #readFile(file: FileLine, header: HeaderLine): void {
    if (this.#lastSet !== undefined) throw this.#bad('a file after the tensor sets');
    this.#checkPath(file.path, header.kind);
    const last = this.#file?.line.path;
    this.#endFile();
    if (last !== undefined && compareUtf8(last, file.path) >= 0) {
      throw this.#bad(`${quote(file.path)} is not in the order of paths`);
    }
    const sha256 = decodeHex(file.sha256);
    this.#fileTree.push(fileLeaf(file.path, file.size, sha256));
    this.#omsRoot.update(sha256);
    this.#lastSha256 = file.sha256;
    this.#files++;
    this.#bytes += file.size;
    this.#file = { line: file, reader: new ManifestFileReader(file, header.hash, this.#segmentTree) };
  }

  #endFile(): void {
    if (this.#file === undefined) return;
    const { line, reader } = this.#file;
    reader.finish(this.#line);
    if (line.format === undefined && isSafetensorsIndexName(line.path)) this.#indexes.add(line.path);
    if (line.format !== undefined) {
      this.#containers.set(line.path, reader.tensors);
      this.#formats.set(line.path, line.format);
    }
    this.#file = undefined;
  }

  #readSet(set: TensorSetLine, header: HeaderLine): void {
    this.#endFile();
    this.#endSet();
    if (set.hash !== header.hash) throw this.#bad('a tensor set by another hash');
    const single = set.files.length === 1 && set.files[0] === set.path;
    if (!single && !this.#indexes.has(set.path))
      throw this.#bad(`${quote(set.path)} is neither its one file nor an index`);
    if (this.#lastSet !== undefined && compareUtf8(this.#lastSet, set.path) >= 0) {
      throw this.#bad(`the set ${quote(set.path)} is not in the order of paths`);
    }
    const containers = new Map<string, ReadTensors>();
    set.files.forEach((path, i) => {
      const tensors = this.#containers.get(path);
      if (tensors === undefined || this.#formats.get(path) !== set.format) {
        throw this.#bad(`${quote(path)} is no ${set.format} file of this manifest, or in another set`);
      }
      if (i > 0 && compareUtf8(set.files[i - 1] as string, path) >= 0) throw this.#bad('files are not in order');
      this.#containers.delete(path);
      containers.set(path, tensors);
    });
    this.#lastSet = set.path;
    this.#set = new ManifestSetReader(set, containers);
  }

  #endSet(): void {
    if (this.#set !== undefined) this.#tensorSets.push(this.#set.finish(this.#line));
    this.#set = undefined;
  }

  /** Hostile input: a path that would leave the model is refused before anyone can open it. */
  #checkPath(path: string, kind: 'folder' | 'file'): void {
    const problem =
      kind === 'file' ? (path === '' ? undefined : 'names a file inside a single file') : pathProblem(path);
    if (problem !== undefined) throw this.#bad(`the path ${quote(path)} ${problem}`);
  }
}
