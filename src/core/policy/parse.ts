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
    const [issue, ...more] = parsed.error.issues;
    const message = (issue?.message ?? 'does not fit the schema')
      .replace(/^Invalid [a-z]+: /, '')
      .replace(/^[A-Z]/, (first) => first.toLowerCase());
    const pointer = (issue?.path ?? []).map((part) => `/${String(part)}`).join('');
    const others = more.length === 1 ? '; and 1 more problem' : `; and ${more.length} more problems`;
    throw invalid(more.length === 0 ? message : `${message}${others}`, pointer);
  }
  checkDocument(parsed.data);
  return parsed.data;
}

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
