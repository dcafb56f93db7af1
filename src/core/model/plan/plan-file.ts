import { quote } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import {
  CONTAINER_PARSERS,
  type Container,
  type ContainerFormat,
  isSafetensorsName,
  parseLfsPointer,
  sniffGguf,
} from '../formats/index.ts';
import type { ModelFile } from '../walk/listing.ts';
import { prefixFindings } from './findings.ts';
import { type PrefixReader, readHeader } from './header-reader.ts';
import type { FilePlan, Finding, PlanProblem } from './plan-types.ts';

/** Enough for a Git-LFS pointer (at most 1,024 bytes by its specification) and for telling a pickle by its first bytes. */
const SNIFFED_BYTES = 1024;
const GGUF_MAGIC_BYTES = 8;

export interface PlannedFile {
  readonly plan: FilePlan;
  readonly findings: readonly Finding[];
  readonly problem?: PlanProblem;
}

/** A file that is one region and of which there is nothing to say. */
export function plainFile(file: ModelFile): PlannedFile {
  return { plan: { file, opaque: false }, findings: [] };
}

/**
 * Recognises a file by design §3 and parses its header. Nothing is thrown for a bad file: what is wrong is a problem.
 *
 * @param single the model's base name where the file is the whole model, which is then recognised by its content alone
 */
export function planFile(file: ModelFile, single: string | undefined, opaque: boolean): PlannedFile {
  const plain: FilePlan = { file, opaque };
  if (opaque) return { plan: plain, findings: [] };
  try {
    return readHeader(file, single ?? file.path, (read) => recognise(plain, single, read));
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return { plan: plain, findings: [], problem: { path: file.path, error, blocks: 'always' } };
  }
}

function recognise(plain: FilePlan, single: string | undefined, read: PrefixReader): PlannedFile {
  const { file } = plain;
  const start = read(Math.min(file.size, SNIFFED_BYTES));
  const name = single ?? file.path;
  const findings = prefixFindings(file.path, name, start);
  const pointer = file.size <= SNIFFED_BYTES ? parseLfsPointer(start) : undefined;
  const recognisedByName = single === undefined && isSafetensorsName(file.path);
  if (pointer !== undefined) {
    const blocks = recognisedByName ? 'always' : 'attest';
    return { plan: plain, findings, problem: { path: file.path, error: pointerError(name, pointer.size), blocks } };
  }
  // By name first: a GGUF file that calls itself safetensors is refused, not silently read as the other.
  if (recognisedByName) return parsed(plain, 'safetensors', read, findings);
  const sniff = sniffGguf(start.subarray(0, GGUF_MAGIC_BYTES));
  if (sniff.kind === 'container') return parsed(plain, sniff.format, read, findings);
  if (sniff.finding !== undefined) {
    findings.push({ path: file.path, kind: 'unsupported-container', message: sniff.finding });
  }
  return single === undefined ? { plan: plain, findings } : parsedIfAccepted(plain, single, read, findings);
}

function parsed(plain: FilePlan, format: ContainerFormat, read: PrefixReader, findings: Finding[]): PlannedFile {
  const { file, opaque } = plain;
  const container = parseContainer(format, read, file.size);
  return { plan: { file, opaque, container }, findings: [...findings, ...notesOf(file.path, container)] };
}

/** A single file is safetensors when the strict parser accepts it, whatever its name, so that a rename keeps its identity. */
function parsedIfAccepted(plain: FilePlan, name: string, read: PrefixReader, findings: Finding[]): PlannedFile {
  try {
    return parsed(plain, 'safetensors', read, findings);
  } catch (error) {
    if (!isStemmaError(error) || error.errorClass !== 'malformed') throw error;
    if (!isSafetensorsName(name)) return { plan: plain, findings };
    // The trees are those of one region, under any name; but whoever signs it under this name is told.
    return { plan: plain, findings, problem: { path: plain.file.path, error, blocks: 'attest' } };
  }
}

function parseContainer(format: ContainerFormat, read: PrefixReader, size: number): Container {
  const parse = CONTAINER_PARSERS[format];
  let prefix = new Uint8Array(0);
  for (;;) {
    const step = parse(prefix, size);
    if ('done' in step) return step.done;
    prefix = read(Math.min(step.needBytes, size)) as Uint8Array<ArrayBuffer>;
  }
}

function notesOf(path: string, container: Container): readonly Finding[] {
  const notes: Finding[] = container.notes.map((message) => ({ path, kind: 'container-note', message }));
  for (const key of container.metadata.chatTemplates) {
    const message = `the header carries a chat template (${quote(key, 60)}): it can change behaviour while every weight stays`;
    notes.push({ path, kind: 'chat-template', message });
  }
  return notes;
}

function pointerError(name: string, size: number): StemmaError {
  return new StemmaError('LFS_POINTER', `${quote(name)} is a Git-LFS pointer to ${size} bytes, not the file itself`, {
    hint: 'fetch the file with `git lfs pull`',
  });
}
