import type { JsonValue } from '../bytes/index.ts';

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'every' }
  /** The elements of a list whose own member is this text. */
  | { readonly kind: 'where'; readonly name: string; readonly value: string };

export type ValuePath = readonly Step[];

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const NAME = String.raw`[A-Za-z_$][A-Za-z0-9_$-]*`;
const STEP = new RegExp(
  String.raw`(?:(?<first>^|\.)(?<name>${NAME}))|\[(?:(?<index>0|[1-9]\d{0,8})|(?<every>\*)|(?<quoted>${STRING})|(?<key>${NAME})=(?<value>${STRING}))\]`,
  'y',
);
const MAX_STEPS = 32;

/**
 * Reads `a.b[0]`, `list[*].c`, `["any name"].d`, `metrics[name="accuracy"].value`.
 *
 * @returns undefined for a text that is no path
 */
export function parsePath(text: string): ValuePath | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const step = toStep(STEP.exec(text)?.groups);
    if (step === undefined || steps.push(step) > MAX_STEPS) return undefined;
  }
  return steps.length === 0 ? undefined : steps;
}

function toStep(groups: Readonly<Record<string, string | undefined>> | undefined): Step | undefined {
  if (groups === undefined) return undefined;
  const { name, index, every, quoted, key, value } = groups;
  if (name !== undefined) return { kind: 'member', name };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  if (every !== undefined) return { kind: 'every' };
  const literal = unquote(quoted ?? value);
  if (literal === undefined) return undefined;
  return key === undefined ? { kind: 'member', name: literal } : { kind: 'where', name: key, value: literal };
}

function unquote(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export interface Found {
  readonly values: readonly JsonValue[];
  /** Somewhere the path led nowhere: what is not there satisfies nothing. */
  readonly missing: boolean;
}

/** Of a list far longer than any statement of ours holds. */
const MAX_VALUES = 100_000;

/** The values at a path. Own members only, so that `__proto__` and `constructor` lead nowhere. */
export function valuesAt(root: JsonValue | undefined, path: ValuePath): Found {
  let values: JsonValue[] = root === undefined ? [] : [root];
  let missing = root === undefined;
  for (const step of path) {
    const next: JsonValue[] = [];
    for (const value of values) {
      const below = take(value, step);
      if (below.length === 0) missing = true;
      for (const each of below) next.push(each);
    }
    values = next;
    if (values.length > MAX_VALUES) return { values: [], missing: true };
  }
  return { values, missing: missing || values.length === 0 };
}

function take(value: JsonValue, step: Step): readonly JsonValue[] {
  if (step.kind === 'member') return own(value, step.name);
  if (!Array.isArray(value)) return [];
  const list: readonly JsonValue[] = value;
  if (step.kind === 'every') return list;
  if (step.kind === 'where') return list.filter((item) => own(item, step.name)[0] === step.value);
  const item = list[step.index];
  return item === undefined ? [] : [item];
}

function own(value: JsonValue, name: string): readonly JsonValue[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const members = value as Readonly<Record<string, JsonValue>>;
  const member = Object.hasOwn(members, name) ? members[name] : undefined;
  return member === undefined ? [] : [member];
}
