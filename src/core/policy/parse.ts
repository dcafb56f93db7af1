import type { ZodError } from 'zod';
import { decodeUtf8, type JsonValue, parseJson } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { MAX_YAML_DEPTH, parseYaml } from '../yaml/index.ts';
import { checkDocument } from './check-document.ts';
import { invalid } from './invalid.ts';
import { type PolicyDocument, policySchema } from './schema.ts';

export type PolicyFormat = 'yaml' | 'json';

export const MAX_POLICY_BYTES = 1024 * 1024;

/**
 * Reads a policy out of its bytes: strictly, whoever wrote it. What it passes can be satisfied by no evidence of another model.
 * That thresholds can be met is known once the keys are read: see `bindPolicy`.
 *
 * @throws StemmaError POLICY_INVALID
 */
export function parsePolicy(bytes: Uint8Array, format: PolicyFormat): PolicyDocument {
  const parsed = policySchema.safeParse(readJson(bytes, format));
  if (!parsed.success) {
    // A misspelt member is also a member that is lacking: the former says what to do.
    const issues = parsed.error.issues.toSorted((a, b) => Number(isUnknown(b)) - Number(isUnknown(a)));
    const [first, ...others] = issues.slice(0, MAX_NAMED);
    const more = issues.length - MAX_NAMED;
    const texts = others.map((issue) => `${textOf(issue)} at ${pointerOf(issue)}`);
    const message = [textOf(first), ...texts, ...(more > 0 ? [`and ${more} more problems`] : [])].join('; ');
    throw invalid(message, pointerOf(first));
  }
  checkDocument(parsed.data);
  return parsed.data;
}

type Issue = ZodError['issues'][number];

/** A message names this many problems. */
const MAX_NAMED = 4;

const isUnknown = ({ code }: Issue): boolean => code === 'unrecognized_keys';

const pointerOf = (issue: Issue | undefined): string => (issue?.path ?? []).map((part) => `/${String(part)}`).join('');

const textOf = (issue: Issue | undefined): string =>
  (issue?.message ?? 'does not fit the schema')
    .replace(/^Invalid [a-z]+: /, '')
    .replace(/received undefined$/, 'found nothing')
    .replace(', received ', ', found ')
    .replace(/^[A-Z]/, (letter) => letter.toLowerCase());

function readJson(bytes: Uint8Array, format: PolicyFormat): JsonValue {
  if (bytes.length > MAX_POLICY_BYTES)
    throw invalid(`expected at most ${MAX_POLICY_BYTES} bytes, found ${bytes.length}`);
  try {
    if (format === 'json')
      return parseJson(bytes, { maxBytes: MAX_POLICY_BYTES, maxDepth: MAX_YAML_DEPTH, what: 'the policy' });
    return parseYaml(decodeUtf8(bytes), invalid);
  } catch (error) {
    // A policy is configuration: whatever is wrong with its form exits 2 (design §5).
    if (isStemmaError(error) && error.code !== 'POLICY_INVALID') throw invalid(error.message);
    throw error;
  }
}
