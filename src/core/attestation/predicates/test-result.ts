import type { JsonValue } from '../../bytes/index.ts';
import { LOG_TREE } from '../../digest/pure.ts';
import { metricLabel, sliceLabel } from '../../evaluation/index.ts';
import { isJsonObject, JsonFields, malformed } from '../json-fields.ts';
import { buildStatement, type Statement } from '../statement.ts';
import { datasetJson, described, type EvaluationInput, evaluatedSubject } from './evaluation-build.ts';
import { oneOf, readFileSet } from './link.ts';
import { TEST_RESULT_PREDICATE_TYPE } from './types.ts';

const RESULTS = ['PASSED', 'WARNED', 'FAILED'] as const;
const MAX_TESTS = 100_000;

/** An in-toto test result, ours or another tool's. */
export interface TestResult {
  readonly result: (typeof RESULTS)[number];
  readonly passed: number;
  readonly warned: number;
  readonly failed: number;
  /** Whether it was computed from a log or predictions by us: its numbers are those of an `evaluation/v1` beside it. */
  readonly hasNumbers: boolean;
  /** From the annotations of the subject. */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
}

/**
 * Reads an in-toto test result v0.1; unknown members are ignored as the specification asks.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function parseTestResult(statement: Statement): TestResult {
  if (statement.predicateType !== TEST_RESULT_PREDICATE_TYPE)
    throw malformed('PREDICATE_INVALID', '/predicateType', `expected ${TEST_RESULT_PREDICATE_TYPE}, found another`);
  const fields = JsonFields.of(statement.predicate, '/predicate', 'PREDICATE_INVALID');
  const [subject] = statement.subject;
  const annotations = subject?.annotations;
  const count = (key: string): number => fields.array(key, MAX_TESTS).length;
  return {
    result: oneOf(fields, 'result', RESULTS),
    passed: count('passedTests'),
    warned: count('warnedTests'),
    failed: count('failedTests'),
    hasNumbers: fields.array('configuration', MAX_TESTS).some(isEvidence),
    ...readFileSet(
      annotations === undefined ? undefined : JsonFields.of(annotations, '/subject/0/annotations', 'PREDICATE_INVALID'),
    ),
  };
}

/** Whether a descriptor of the configuration is one that `buildTestResultStatement` writes for a log or predictions. */
function isEvidence(descriptor: JsonValue): boolean {
  if (!isJsonObject(descriptor)) return false;
  const annotations = descriptor['annotations'];
  const digest = descriptor['digest'];
  if (!isJsonObject(annotations) || !isJsonObject(digest) || !Object.hasOwn(digest, LOG_TREE)) return false;
  return annotations['role'] === 'log' || annotations['role'] === 'predictions';
}

/**
 * The payload of an in-toto test result v0.1 for what an evaluation says in numbers, for readers that know this type alone: its
 * configuration names the dataset, the harness and the log or predictions. A slice too small to say much is a warning.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID
 */
export function buildTestResultStatement(input: EvaluationInput): Uint8Array {
  const { dataset, harness, log, predictions, metrics } = input;
  const file = log ?? predictions;
  const groups = (predictions?.result.slices ?? []).flatMap(({ column, groups: list }) =>
    list.map(({ value, small }) => ({ name: sliceLabel(column, value), small: small === true })),
  );
  const passed = [...metrics.map(metricLabel), ...groups.filter(({ small }) => !small).map(({ name }) => name)];
  const warned = groups.filter(({ small }) => small).map(({ name }) => name);
  const json = {
    result: warned.length === 0 ? 'PASSED' : 'WARNED',
    configuration: [
      ...(dataset === undefined ? [] : [datasetJson(dataset)]),
      ...harness.map((each) => ({ ...described(each), annotations: { role: 'harness' } })),
      ...(file === undefined
        ? []
        : [
            {
              ...described({ name: file.name, uri: undefined, digest: file.digest }),
              annotations: { role: file === log ? 'log' : 'predictions', size: file.size },
            },
          ]),
    ],
    passedTests: passed,
    warnedTests: warned,
    failedTests: [],
  };
  return buildStatement(evaluatedSubject(input), TEST_RESULT_PREDICATE_TYPE, json);
}
