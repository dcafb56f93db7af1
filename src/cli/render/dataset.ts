import type { AttestDatasetResult } from '../../core/attest/index.ts';
import { count, formatBytes, type Look, name, paint, shortHex } from './text.ts';

/** What `dataset attest` did, and what comes next. */
export function renderAttestDataset(result: AttestDatasetResult, look: Look): string {
  const size = [
    count(result.files, 'file'),
    ...(result.bytes === undefined ? [] : [formatBytes(result.bytes)]),
    ...(result.records === undefined ? [] : [count(result.records, 'record')]),
  ].join(', ');
  const lines = [
    `${paint(look, 'bold', name(result.name))}  ${result.salted ? 'salted ' : ''}${result.kind}, ${size}`,
    ...Object.entries(result.digests).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`),
    ...result.derivedFrom.map(
      ({ name: parent }) => `  derived-dataset ${parent === undefined ? 'a digest set' : name(parent)}`,
    ),
    ...result.signals.map((signal) => {
      const where = 'files' in signal ? count(signal.files, 'file') : count(signal.records, 'record');
      const value = 'value' in signal ? `: ${name(signal.value)}` : '';
      return `  ${paint(look, 'warn', 'reservation')} ${name(signal.signal)}${value} in ${where}`;
    }),
    `signed by ${result.signer.type} key sha256:${shortHex(result.signer.fingerprint, look)}`,
    result.written.length === 0
      ? 'everything was attested already: nothing was written'
      : `wrote ${result.written.map((file) => name(file)).join(', ')}${result.newSecret ? ' and a new secret' : ''}${result.copiedEvidence > 0 ? ` (with ${count(result.copiedEvidence, 'attestation')} of its ancestors)` : ''}`,
    `check it with stemma dataset verify and the public key${result.salted ? ', by those who have the secret' : ''}`,
  ];
  return lines.join('\n');
}
