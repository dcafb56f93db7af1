import type { Report } from '../../src/core/verify/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import { type Draft, MODEL, releasePolicy, requirement, writePolicy } from '../support/policies.ts';

export const weights = requirement('weights', MODEL, ['release']);

const namesIn = ({ signers }: Draft): string[] => (signers as { readonly anyOf: string[] }).anyOf;
const keysOf = (...names: readonly string[]): Draft =>
  Object.fromEntries(names.map((name) => [name, { publicKey: `keys/${name}.pub` }]));

/** Only the identity, and whatever else is given. */
export const small = (requirements: readonly Draft[], more: Draft = {}): Draft =>
  releasePolicy({
    trust: { keys: keysOf('release', ...new Set(requirements.flatMap((each) => namesIn(each)))) },
    requirements: [weights, ...requirements],
    lineage: undefined,
    ...more,
  });

/** `verify merged-gguf --policy` in the folder of a family. */
export const runPolicy = (dir: string, policy: Draft | string, args: readonly string[]): Promise<CliResult> =>
  runStemma(['verify', 'merged-gguf', '--policy', writePolicy(dir, policy), ...args], { cwd: dir });

/** Its report; throws where there is none. */
export async function policyReport(
  dir: string,
  policy: Draft | string,
  args: readonly string[],
): Promise<Report & { readonly exitCode: number }> {
  const { stdout } = await runPolicy(dir, policy, ['--json', ...args]);
  const { result, exitCode, error } = onlyDocument(stdout);
  if (result === undefined) throw new Error(JSON.stringify(error));
  return { ...(result as unknown as Report), exitCode };
}

export const requirementOf = ({ policy }: Report, id: string) => policy?.requirements.find((each) => each.id === id);

/** Outcomes by the ids of requirements. */
export const outcomes = ({ policy }: Report): Draft =>
  Object.fromEntries((policy?.requirements ?? []).map(({ id, outcome }) => [id, outcome]));

/** The statement in a line of an attestations file, as text. */
export const payloadOf = (line: string): string =>
  Buffer.from(JSON.parse(line).dsseEnvelope.payload, 'base64').toString('utf8');
