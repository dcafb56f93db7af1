import type { RunResult } from '../../core/attest/index.ts';
import { renderAttest, secretLines } from './attest.ts';
import { type Look, name, paint } from './text.ts';

/** What a run was, and what was attested of it. */
export function renderRun(result: RunResult, look: Look): string {
  const { signal, status } = result;
  if (!result.attested) {
    const how = signal === null ? `exited with ${status}` : `was ended by ${name(signal)}`;
    return `${paint(look, 'bad', 'not attested:')} the command ${how}`;
  }
  return [
    ...result.inputs.map(
      ({ role, name: input, evidence }) => `${name(role)} ${name(input ?? 'by digest')}: ${evidence}`,
    ),
    ...result.outputs.map((output) => renderAttest(output, look)),
    ...secretLines(result.newSecrets),
  ].join('\n');
}
