import { isSurelyAmong, mayBeSameLicence } from './licence-names.ts';

/** The ids of one way to be licensed: all of them apply together. */
type Choice = ReadonlySet<string>;

/** Nested ORs multiply: a real expression has a handful of ways. */
const MAX_CHOICES = 256;

/**
 * The ways that an SPDX expression offers: `MIT OR (A AND B)` has two. An exception (`WITH`) leaves the id as it is, since it adds
 * permissions.
 *
 * @returns undefined for a text that is none, or has too many ways
 */
export function licenceChoices(expression: string): readonly Choice[] | undefined {
  const tokens = expression.match(/[()]|[^()\s]+/g) ?? [];
  const stack: Frame[] = [{ choices: [], current: undefined, operator: undefined }];
  for (const token of tokens) {
    const top = stack.at(-1) as Frame;
    if (token === '(') stack.push({ choices: [], current: undefined, operator: undefined });
    else if (token === ')') {
      const inner = close(stack.pop() as Frame);
      const outer = stack.at(-1);
      if (inner === undefined || outer === undefined || !operand(outer, inner)) return undefined;
    } else if (token === 'AND' || token === 'OR' || token === 'WITH') {
      if (top.current === undefined || top.operator !== undefined) return undefined;
      top.operator = token;
    } else if (!operand(top, [new Set([token])])) return undefined;
  }
  const [only] = stack;
  return only === undefined || stack.length > 1 ? undefined : close(only);
}

/** AND binds tighter than OR (SPDX 3.0, annex B). */
interface Frame {
  /** Finished alternatives of OR. */
  choices: readonly Choice[];
  /** The alternative that is being read. */
  current: readonly Choice[] | undefined;
  operator: 'AND' | 'OR' | 'WITH' | undefined;
}

function operand(frame: Frame, value: readonly Choice[]): boolean {
  const { current, operator } = frame;
  if (current === undefined) frame.current = value;
  else if (operator === undefined) return false;
  else if (operator === 'OR') {
    frame.choices = [...frame.choices, ...current];
    frame.current = value;
  } else if (operator === 'AND') {
    frame.current = current.flatMap((left) => value.map((right) => new Set([...left, ...right])));
  }
  frame.operator = undefined;
  return frame.choices.length + (frame.current?.length ?? 0) <= MAX_CHOICES;
}

function close({ choices, current, operator }: Frame): readonly Choice[] | undefined {
  return current === undefined || operator !== undefined ? undefined : [...choices, ...current];
}

export interface LicenceTerms {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

/** Whether some way to be licensed uses nothing that is denied, and nothing that is not allowed where there is a list. */
export function isLicenceAccepted(expression: string, { allow, deny }: LicenceTerms): boolean {
  const choices = licenceChoices(expression);
  const isFine = (id: string): boolean =>
    !(deny ?? []).some((each) => mayBeSameLicence(each, id)) && (allow === undefined || isSurelyAmong(id, allow));
  return choices?.some((choice) => [...choice].every(isFine)) ?? false;
}
