import type { ApproveResult } from '../../core/attest/index.ts';
import { count, formatBytes, type Look, name, paint, shortHex } from './text.ts';

/** What was approved, by whom, and where it stands now. */
export function renderApprove(result: ApproveResult, look: Look): string {
  const { role, approvedOn, signer, written } = result;
  return [
    `${paint(look, 'bold', name(result.name))}  ${result.kind}, ${count(result.files, 'file')}, ${formatBytes(result.bytes)}`,
    ...Object.entries(result.digests).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`),
    `approved as ${name(role)}${approvedOn === undefined ? '' : ` on ${approvedOn}`}`,
    `signed by ${signer.type} key sha256:${shortHex(signer.fingerprint, look)}`,
    written.length === 0
      ? 'this was approved already: nothing was written'
      : `wrote ${written.map((file) => name(file)).join(', ')}`,
  ].join('\n');
}
