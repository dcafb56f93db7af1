import path from 'node:path';
import type { Described, LogRoot, Material } from '../attestation/index.ts';
import { digestLog } from '../trainlog/index.ts';
import { type Lineage, readLineage } from './lineage.ts';
import type { AttestOptions } from './options.ts';
import type { Reference } from './reference.ts';
import { readSource } from './source.ts';

/** What a model was made from and with, as its provenance says it. */
export interface Materials extends Lineage {
  readonly config: readonly Described[];
  readonly sources: readonly Material[];
  readonly environment: readonly Material[];
  readonly logs: readonly LogRoot[];
}

/**
 * Reads everything that the options name beside the model at `root`; what is small and what is misspelt first.
 *
 * @throws StemmaError as `digestLog`, `readSource` and `resolveParent`
 */
export async function readMaterials(root: string, options: AttestOptions): Promise<Materials> {
  const config: Described[] = [];
  for (const file of options.configs) config.push(await describeFile(file, options));
  const environment: Material[] = [];
  for (const reference of options.environments) {
    environment.push({ ...(await describe(reference, options)), evidence: 'declared' });
  }
  const sources = await readSources(root, options);
  const logs: LogRoot[] = [];
  for (const file of options.logs) logs.push(await readLog(file, options));
  return { config, environment, sources, logs, ...(await readLineage(options)) };
}

/** A file by its SHA-256 alone, or a digest set as given. */
async function describe(reference: Reference, options: AttestOptions): Promise<Described> {
  if (reference.kind === 'digests') return { name: undefined, uri: undefined, digest: reference.digests };
  return describeFile(reference.path, options);
}

async function describeFile(file: string, options: AttestOptions): Promise<Described> {
  const { digests } = await digestLog(file, options);
  return { name: path.basename(file), uri: undefined, digest: { sha256: digests['sha256'] ?? '' } };
}

async function readLog(file: string, options: AttestOptions): Promise<LogRoot> {
  const { name, digests, size, kind, truncated } = await digestLog(file, options);
  if (truncated) options.onWarning?.(`the last record of ${name} is incomplete, and is recorded as truncated`);
  return { name, digest: digests, size, records: kind, truncated };
}

/** The commit of the training code, never of a repository inside a model or dataset. */
async function readSources(root: string, options: AttestOptions): Promise<Material[]> {
  if (options.source === undefined) return [];
  const references = [...options.bases.map(({ reference }) => reference), ...options.datasets];
  const untrusted = [
    root,
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
