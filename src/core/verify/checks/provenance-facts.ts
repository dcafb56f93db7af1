import type { LogRoot, Provenance } from '../../attestation/index.ts';
import type { Fact } from '../report.ts';

/** What a provenance says of how a model came to be, its parents left out; a fact without a value is none. */
export function provenanceFacts(provenance: Provenance): readonly Fact[] {
  const facts: Fact[] = [];
  const say = (name: string, value: string): void => void facts.push({ name, value });
  say('builder', provenance.builder.id);
  say('invocation', provenance.invocationId ?? '');
  say('command', provenance.command.join(' '));
  say('started', provenance.startedOn ?? '');
  say('finished', provenance.finishedOn ?? '');
  for (const { uri, digest, workingTree } of provenance.sources) {
    const commit = Object.values(digest)[0] ?? '';
    say('source', `${uri ?? 'a repository'} ${commit} (working tree ${workingTree ?? 'unknown'})`);
  }
  for (const { name, evidence, undeclared } of provenance.inputs) {
    say('input', `${name ?? 'by digest'} (${evidence}${undeclared === true ? ', and not declared' : ''})`);
  }
  for (const { name, digest, files } of provenance.environment) {
    const what = name ?? Object.values(digest)[0] ?? '';
    say('environment', files === undefined ? what : `${what} (${files} files)`);
  }
  for (const { uri, direction, reached } of provenance.contacts) {
    say('network', `${uri} (${direction}${reached ? '' : ', not reached'})`);
  }
  say('observation', observationText(provenance.observation));
  for (const [name, value] of Object.entries(provenance.parameters)) say(`parameter ${name}`, value);
  return [...facts, ...provenance.logs.map(logFact), ...checkpointFacts(provenance.checkpoints)];
}

/** What is said of a log, and shown where the log itself was compared. */
export const logFact = ({ name, size }: Pick<LogRoot, 'name' | 'size'>): Fact => ({
  name: `log ${name}`,
  value: `${size} records`,
});

/** The same of all checkpoints of a run, log by log. */
export function checkpointFacts(checkpoints: Provenance['checkpoints']): Fact[] {
  const byLog = new Map<string, { count: number; size: number }>();
  for (const { log, size } of checkpoints) byLog.set(log, { count: (byLog.get(log)?.count ?? 0) + 1, size });
  return [...byLog].map(([log, { count, size }]) => ({
    name: `checkpoints of ${log}`,
    value: `${count}, the last one over ${size} records`,
  }));
}

function observationText(observation: Provenance['observation']): string {
  if (observation === undefined) return '';
  const { tool, complete, gaps } = observation;
  const reasons = Object.entries(gaps).map(([gap, count]) => `${gap} (${count})`);
  return complete
    ? `${tool}, complete`
    : `${tool}, not complete${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}`;
}
