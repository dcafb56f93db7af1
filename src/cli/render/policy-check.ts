import type { PolicyFinding } from '../../core/policy/index.ts';
import type { PolicyReport } from '../../core/verify/index.ts';
import { SYMBOLS } from './checks.ts';
import { policySummary } from './policy.ts';
import { count, type Look, name, paint, prose } from './text.ts';

/** A policy that can be used, and what is odd in it. */
export interface CheckedPolicy extends Omit<PolicyReport, 'requirements'> {
  /** How many. */
  readonly requirements: number;
  readonly findings: readonly PolicyFinding[];
}

/** What `policy check` found, one line each, and last what that amounts to. */
export function renderPolicyCheck(policy: CheckedPolicy, look: Look): string {
  const { findings, requirements } = policy;
  const lines = findings.map(({ level, at, message }) => {
    const { unicode, ascii, tone } = SYMBOLS[level === 'problem' ? 'fail' : 'missing'];
    return `${paint(look, tone, look.unicode ? unicode : ascii)} ${name(at)}: ${prose(message)}`;
  });
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const verdict =
    problems > 0
      ? paint(look, 'bad', `${count(problems, 'problem')}: it can never pass as it is`)
      : paint(look, 'good', `${count(requirements, 'requirement')}, ready for verify --policy`);
  return [policySummary(policy, look), ...lines, verdict].join('\n');
}
