import path from 'node:path';
import type { Described, Link, LogRoot, Material } from '../attestation/index.ts';
import { digestLog } from '../trainlog/index.ts';
import type { AttestOptions } from './options.ts';
import { type Parent, resolveParent } from './parents.ts';
import { DEFAULT_RELATION, type Reference } from './reference.ts';
import { readSource } from './source.ts';

export interface Lineage {
  readonly links: readonly Link[];
  /** Evidence of parents, a line each, in the order of the links. */
  readonly lines: readonly string[];
}

/** Base models and datasets as links, every one with the evidence that travels along. */
export async function readLineage(options: AttestOptions): Promise<Lineage> {
  const links: Link[] = [];
  const lines = new Set<string>();
  const keep = ({ evidence }: Parent): void => {
    if (options.copyParentEvidence) for (const { line } of evidence) lines.add(line);
  };
  for (const { relation, relationGiven, reference } of options.bases) {
    if (!relationGiven)
      options.onWarning?.(`relation not given: ${DEFAULT_RELATION} is assumed (write --base RELATION=REF for another)`);
    const parent = await resolveParent('base-model', reference, options);
    links.push({ role: 'base-model', relation, ...edge(parent) });
    keep(parent);
  }
  for (const reference of options.datasets) {
    const parent = await resolveParent('dataset', reference, options);
    links.push({ role: 'dataset', relation: 'trained-on', ...edge(parent) });
    keep(parent);
  }
  return { links, lines: [...lines] };
}

/** `declared`: told after the fact. Only `run` observes. */
function edge({
  name,
  digests,
  ignored,
  opaque,
}: Parent): Pick<Link, 'name' | 'uri' | 'digest' | 'evidence' | 'ignored' | 'opaque' | 'share'> {
  return { name, uri: undefined, digest: digests, evidence: 'declared', ignored, opaque, share: undefined };
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

export async function readEnvironments(options: AttestOptions): Promise<Material[]> {
  const out: Material[] = [];
  for (const reference of options.environments)
    out.push({ ...(await describe(reference, options)), evidence: 'declared' });
  return out;
}

export async function readConfigs(options: AttestOptions): Promise<Described[]> {
  const out: Described[] = [];
  for (const file of options.configs) out.push(await describeFile(file, options));
  return out;
}

export async function readLogs(options: AttestOptions): Promise<LogRoot[]> {
  const out: LogRoot[] = [];
  for (const file of options.logs) {
    const { name, digests, size, kind, truncated } = await digestLog(file, options);
    if (truncated) options.onWarning?.(`the last record of ${name} is incomplete, and is recorded as truncated`);
    out.push({ name, digest: digests, size, records: kind, truncated });
  }
  return out;
}

/** The commit of the training code, never of a repository inside a model or dataset. */
export async function readSources(root: string, options: AttestOptions): Promise<Material[]> {
  if (options.source === undefined) return [];
  const references = [...options.bases.map(({ reference }) => reference), ...options.datasets];
  const untrusted = [
    root,
    ...references.flatMap((reference) => (reference.kind === 'path' ? [path.resolve(reference.path)] : [])),
  ];
  const source = await readSource({ ...options.source, untrusted, env: options.env, onWarning: options.onWarning });
  if (source === undefined) return [];
  const { digests, uri, workingTree } = source;
  if (workingTree !== 'clean')
    options.onWarning?.(
      `the source has ${workingTree === 'modified' ? 'changes that its commit does not hold' : 'a working tree that cannot be judged'}`,
    );
  return [{ name: undefined, uri, digest: digests, evidence: 'declared', workingTree }];
}
