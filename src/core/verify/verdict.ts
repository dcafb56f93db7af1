import { quote } from '../bytes/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { summariseChanges } from './checks/changes.ts';
import { type ClassifiedStatement, modelName } from './checks/classify.ts';
import { type VerdictCode, verdictCode } from './exit.ts';
import type { VerifyOptions } from './options.ts';
import type { Check, FileChange } from './report.ts';

function scope({ options: { mode }, notCovered }: Findings): string {
  if (mode === 'sample') return 'a random sample';
  return `every ${notCovered > 0 ? 'covered ' : ''}byte${mode === 'full' ? ' and every root' : ''}`;
}

interface Findings {
  readonly options: VerifyOptions;
  readonly checks: readonly Check[];
  readonly changes: readonly FileChange[];
  /** The matched statements that the verdict rests on. */
  readonly identityEvidence: readonly Candidate[];
  /** How many paths it says nothing about. */
  readonly notCovered: number;
}

/** The verdict in one sentence: what matched, under which name and where that is signed, or the reason why not (design §5). */
export function verdict(code: VerdictCode, findings: Findings): string {
  const { options, checks, changes } = findings;
  if (code === 0) {
    return options.integrityOnly
      ? `the digests match (${scope(findings)}); nobody was authenticated${exception(findings)}`
      : `verified: ${scope(findings)} as signed${stated(findings)}${held(options.policy)}${ancestors(findings)}${exception(findings)}`;
  }
  if (code === 1 && changes.length > 0) return `not verified: ${summariseChanges(changes)}`;
  const worst = checks.find((check) => check.required && verdictCode([check]) === code);
  if (worst === undefined) return 'not verified: nothing was required';
  return `not verified: ${reason(worst, options.policy)}`;
}

/** Why not, with what the check is about where its message alone does not tell. */
export function reason(worst: Check, policy: VerifyOptions['policy']): string {
  const about = isOfAncestor(worst) ? worst.title : isOfPolicy(worst, policy) ? `the policy's ${worst.title}` : '';
  return `${about === '' ? '' : `${about}: `}${worst.message}`;
}

const isOfAncestor = ({ id }: Check): boolean => id === 'lineage.ancestor';

/** What a verdict of `pass` adds where ancestors were verified. */
export function ancestors({ checks }: Pick<Findings, 'checks'>): string {
  const links = checks.filter((check) => check.required && isOfAncestor(check)).length;
  const unstated = checks.filter(({ id }) => id === 'lineage.origin').length;
  const origins = unstated === 0 ? '' : `; origin unstated of ${unstated} ancestor${unstated === 1 ? '' : 's'}`;
  return links === 0 ? origins : `; ${links} link${links === 1 ? '' : 's'} to ancestors verified${origins}`;
}

/** `--require` is a policy of one line, and has no other name. */
const isOfPolicy = ({ step, id }: Check, policy: VerifyOptions['policy']): boolean =>
  policy !== undefined && step === 'policy' && id !== 'policy.require';

/** What a verdict of `pass` adds where a policy holds. */
export const held = (policy: VerifyOptions['policy']): string =>
  policy === undefined ? '' : `, as the policy ${quote(policy.bound.document.name ?? policy.file)} asks`;

const stated = ({ identityEvidence: [first] }: Findings): string => under(first?.statement);

/** Under which name, and where, a statement says what it says. */
export function under(statement: ClassifiedStatement | undefined): string {
  if (statement === undefined) return '';
  const name = modelName(statement);
  return `${name === undefined ? '' : `, under the name ${quote(name)}`} in ${quote(statement.ref.source)}`;
}

const exception = ({ notCovered }: Findings): string =>
  notCovered === 0 ? '' : `; ${notCovered} path${notCovered === 1 ? ' is' : 's are'} not covered`;
