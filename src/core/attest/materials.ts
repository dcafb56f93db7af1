import path from 'node:path';
import type { Described, LogRoot, Material } from '../attestation/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { digestLog, type LogDigest } from '../trainlog/index.ts';
import { type Lineage, readLineage } from './lineage.ts';
import type { SubjectOptions } from './options.ts';
import type { Reference } from './reference.ts';
import { refuseSalted } from './salted-guard.ts';
import { readSource } from './source.ts';

/** What a model was made from and with, as its provenance says it. */
export interface Materials extends Lineage {
  /** Files that are neither base model nor dataset. */
  readonly inputs: readonly Material[];
  readonly config: readonly Described[];
  readonly sources: readonly Material[];
  readonly environment: readonly Material[];
  readonly logs: readonly LogRoot[];
}

/**
 * Reads everything that the options name beside the models at `roots`; what is small and what is misspelt first.
 *
 * @throws StemmaError as `refuseSalted`, `digestLog`, `readSource` and `resolveParent`
 */
export async function readMaterials(roots: readonly string[], options: SubjectOptions): Promise<Materials> {
  const config: Described[] = [];
  for (const file of options.configs) config.push(await describeFile(file, options));
  const environment: Material[] = [];
  for (const reference of options.environments) {
    environment.push({ ...(await describe(reference, options)), evidence: 'declared' });
  }
  const sources = await readSources(roots, options);
  const logs = await readLogs(options.logs, options);
  return { config, inputs: [], environment, sources, logs, ...(await readLineage(options)) };
}

/** @throws StemmaError as `digestLog` */
export async function readLogs(files: readonly string[], options: AbortOptions & ProgressOptions): Promise<LogRoot[]> {
  const logs: LogRoot[] = [];
  for (const file of files) logs.push(await readLog(file, options));
  return logs;
}

/** A file by its SHA-256 alone, or a digest set as given. */
async function describe(reference: Reference, options: AbortOptions & ProgressOptions): Promise<Described> {
  if (reference.kind === 'digests') return { name: undefined, uri: undefined, digest: reference.digests };
  return describeFile(reference.path, options);
}

/** @throws StemmaError as `refuseSalted` and `digestLog` */
export async function describeFile(file: string, options: AbortOptions & ProgressOptions): Promise<Described> {
  await refuseSalted(file, options);
  const { digests } = await digestLog(file, options);
  return { name: path.basename(file), uri: undefined, digest: { sha256: digests['sha256'] ?? '' } };
}

async function readLog(file: string, options: AbortOptions & ProgressOptions): Promise<LogRoot> {
  await refuseSalted(file, options);
  return logRoot(await digestLog(file, options), options);
}

/** A digested log as the provenance lists it. */
export function logRoot({ name, digests, size, kind, truncated }: LogDigest, options: ProgressOptions): LogRoot {
  if (truncated) options.onWarning?.(`the last record of ${name} is incomplete, and is recorded as truncated`);
  return { name, digest: digests, size, records: kind, truncated };
}

/** The commit of the training code, never of a repository inside a model or dataset. */
export async function readSources(roots: readonly string[], options: SubjectOptions): Promise<Material[]> {
  if (options.source === undefined) return [];
  const references = [...options.bases.map(({ reference }) => reference), ...options.datasets];
  const untrusted = [
    ...roots,
    ...references.flatMap((reference) => (reference.kind === 'path' ? [path.resolve(reference.path)] : [])),
  ];
  const { env, signal, onWarning } = options;
  const source = await readSource({ ...options.source, untrusted, env, signal, onWarning });
  if (source === undefined) return [];
  const { digests, uri, workingTree } = source;
  if (workingTree === 'modified') onWarning?.('the source has changes that its commit does not hold');
  if (workingTree === 'unknown')
    onWarning?.('whether the source is as its commit says cannot be told without its filters');
  return [{ name: undefined, uri, digest: digests, evidence: 'declared', workingTree }];
}
