import type { AttestResult, SignResult } from '../../core/attest/index.ts';
import { count, formatBytes, type Look, name, paint, prose, shortHex } from './text.ts';

/** What `attest` did, and what comes next. */
export function renderAttest(result: AttestResult, look: Look): string {
  const lines = [
    `${paint(look, 'bold', name(result.name))}  ${result.kind}, ${count(result.files, 'file')}, ${formatBytes(result.bytes)}`,
    ...Object.entries(result.digests).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`),
    ...result.links.map(
      ({ relation, name: parent }) => `  ${name(relation)} ${parent === undefined ? 'a digest set' : name(parent)}`,
    ),
    ...result.logs.map(
      ({ name: log, records, salted }) =>
        `  log ${name(log)}: ${count(records, 'record')}${salted === true ? ', salted' : ''}`,
    ),
    ...secretLines(result.newSecrets),
    ...result.findings.map(
      ({ path, message }) => `  ${paint(look, 'warn', 'finding')} ${name(path)}: ${prose(message)}`,
    ),
    `signed by ${result.signer.type} key sha256:${shortHex(result.signer.fingerprint, look)}, builder ${name(result.builder)}`,
    ...(result.oms === 'line' ? ["another signer's model.sig is kept: ours is a line of the attestations"] : []),
    result.written.length === 0
      ? 'everything was attested already: nothing was written'
      : `wrote ${result.written.map((file) => name(file)).join(', ')}${result.copiedEvidence > 0 ? ` (with ${count(result.copiedEvidence, 'attestation')} of its ancestors)` : ''}`,
    'check it with stemma verify and the public key',
  ];
  return lines.join('\n');
}

/** The secrets that were made for salted logs. */
export const secretLines = (files: readonly string[] = []): string[] =>
  files.map((file) => `  new secret ${name(file)}: keep it, nothing can replace it`);

export function renderSign(result: SignResult, look: Look): string {
  const { type, fingerprint } = result.signer;
  return [
    `${paint(look, 'bold', name(result.name))}  ${count(result.files, 'file')}, ${formatBytes(result.bytes)}`,
    `signed by ${type} key sha256:${shortHex(fingerprint, look)}, method ${result.method}`,
    result.written
      ? `wrote ${name(result.signature)}`
      : `${name(result.signature)} was there already: nothing was written`,
  ].join('\n');
}
