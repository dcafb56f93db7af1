import { type DigestSet, formatDigestSet } from '../../core/digest/index.ts';
import type { ShownPack } from '../../core/ipfs/index.ts';
import { count, cutLines, formatBytes, type Look, name, paint } from './text.ts';

interface Exported {
  readonly file: string;
  readonly root: string;
  readonly bytes: number;
  readonly name: string;
  readonly files: readonly string[];
  readonly missing: readonly DigestSet[];
  readonly encryptedTo: number;
}

/** What `evidence export` wrote, and what it found nothing about. */
export function renderExportedEvidence(exported: Exported, look: Look): string {
  const { file, root, bytes, files, missing, encryptedTo } = exported;
  const encrypted = encryptedTo === 0 ? '' : `, encrypted to ${count(encryptedTo, 'recipient')}`;
  const without = missing.map(
    (set) => `${paint(look, 'warn', 'no statement about')} ${name(formatDigestSet(set), 100)}`,
  );
  return [
    `wrote ${name(file)}: ${count(files.length, 'file')} about ${name(exported.name)}, ${formatBytes(bytes)}${encrypted}`,
    `root ${root}`,
    ...cutLines(without, 'parent', look),
    ...(missing.length === 0
      ? []
      : ['a statement in the pack names them as parents: give more with --parent or --store']),
  ].join('\n');
}

/** What `evidence show` found. */
export function renderPack({ root, files, ...pack }: ShownPack, look: Look): string {
  const lines = files.map(
    ({ path, role, size }) => `${name(role).padEnd(12)}  ${formatBytes(size).padStart(8)}  ${name(path, 200)}`,
  );
  return [
    `evidence about ${paint(look, 'bold', name(pack.name, 200))}, as its exporter calls it`,
    ...cutLines(lines, 'file', look),
    `${count(files.length, 'file')}, intact; root ${root}`,
    paint(look, 'dim', 'no signature was checked; stemma verify --evidence does'),
  ].join('\n');
}
