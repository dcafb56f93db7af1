import type { PolicyReport, PolicyRequirement } from '../../core/verify/index.ts';
import { SYMBOLS } from './checks.ts';
import { type Look, name, paint, prose, shortHex } from './text.ts';

/** Which policy it is, in one line. */
export function policySummary(
  { file, name: own, digest, signer, expires }: Omit<PolicyReport, 'requirements'>,
  look: Look,
): string {
  return [
    `${name(file)}${own === undefined ? '' : ` (${name(own)})`}`,
    `sha256 ${shortHex(digest, look)}`,
    signer === undefined ? 'no signature asked for' : `signed by ${name(signer)}`,
    `in force until ${name(expires)}`,
  ].join(', ');
}

/** The policy that a model was held against; with `--explain` each requirement, what was looked at for it and what it needs. */
export function policyLines(policy: PolicyReport | undefined, look: Look): readonly string[] {
  if (policy === undefined) return [];
  const shown = look.explain === true ? policy.requirements.flatMap((each) => requirementLines(each, look)) : [];
  return [paint(look, 'bold', 'Policy'), `  ${policySummary(policy, look)}`, ...shown];
}

function requirementLines({ id, outcome, message, needed, evidence }: PolicyRequirement, look: Look): string[] {
  return [
    `  ${mark(outcome, look)} ${name(id)}: ${prose(message)}`,
    `      needed: ${prose(needed)}`,
    ...evidence.map((used) => {
      const line = used.line === undefined ? '' : `:${used.line}`;
      const what = `${name(used.source)}${line}  ${name(used.predicateType)}`;
      return `      ${mark(used.outcome, look)} ${what}: ${prose(used.message)}`;
    }),
  ];
}

function mark(outcome: PolicyRequirement['outcome'], look: Look): string {
  const { unicode, ascii, tone } = SYMBOLS[outcome];
  return paint(look, tone, look.unicode ? unicode : ascii);
}
