import type { JsonObject } from '../../bytes/index.ts';
import { type DigestSet, parseDigestSet } from '../../digest/pure.ts';
import { malformed } from '../json-fields.ts';
import { buildStatement } from '../statement.ts';
import { evaluatedSubject } from './evaluation-build.ts';
import { uriProblem } from './recorded-schema.ts';
import { VSA_PREDICATE_TYPE } from './types.ts';
import type { VerificationSummary } from './vsa.ts';

/** The version of SLSA that a summary of ours follows. */
const SLSA_VERSION = '1.2';

/** How the inputs of a summary are named: the SHA-256 of what was signed, whatever the signature's bytes or the spelling of the line. */
const PAE_DIGEST = 'dssePaeSha256';

export interface VsaInput extends Omit<VerificationSummary, 'inputAttestations' | 'dependencyLevels' | 'slsaVersion'> {
  /** `subject[0].name`. */
  readonly name: string;
  /** The model's DigestSet. */
  readonly digest: DigestSet;
  readonly timeVerified: string;
  /** What the policy is, where no document says so: annotations of `policy`. */
  readonly policySettings: JsonObject | undefined;
  /** Hex SHA-256 of the DSSE PAE of every attestation that the verdict rests on. */
  readonly inputs: readonly string[];
}

/**
 * The payload of a SLSA Verification Summary v1 (docs/formats/vsa.md): compact JSON in the order of the page, equal bytes for equal
 * inputs; inputs and levels sorted, each once. A summary that failed has the one level `FAILED`.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID
 */
export function buildVsaStatement(input: VsaInput): Uint8Array {
  const { verifier, timeVerified, resourceUri, policy, policySettings, result, verifiedLevels, inputs } = input;
  requireUri(verifier.id, '/predicate/verifier/id');
  requireUri(resourceUri, '/predicate/resourceUri');
  requireUri(policy.uri, '/predicate/policy/uri');
  const problem = verifiedLevels.map(formProblem).find((found) => found !== undefined);
  if (problem !== undefined) throw malformed('PREDICATE_INVALID', '/predicate/verifiedLevels', problem);
  const predicate = {
    verifier: { id: verifier.id, version: verifier.version },
    timeVerified,
    resourceUri,
    policy: {
      uri: policy.uri,
      ...(policy.digest === undefined ? {} : { digest: parseDigestSet(policy.digest, '/predicate/policy/digest') }),
      ...(policySettings === undefined ? {} : { annotations: policySettings }),
    },
    inputAttestations: [...new Set(inputs)]
      .toSorted()
      .map((pae) => ({ digest: parseDigestSet({ [PAE_DIGEST]: pae }) })),
    verificationResult: result,
    verifiedLevels: result === 'PASSED' ? [...new Set(verifiedLevels)].toSorted() : ['FAILED'],
    slsaVersion: SLSA_VERSION,
  };
  return buildStatement(evaluatedSubject(input), VSA_PREDICATE_TYPE, predicate);
}

/** Why a text may not stand as a level, or undefined: `SLSA_` and `FAILED` are SLSA's own. */
function formProblem(level: string): string | undefined {
  if (!/^[A-Z][A-Z0-9_]{0,127}$/.test(level)) return 'expected a level of capital letters, digits and _';
  if (level.startsWith('SLSA_')) return 'expected a level of your own, found one of SLSA, which is not verified here';
  return level === 'FAILED' ? 'expected a level, found the word for none' : undefined;
}

/** Why somebody may not give a text as a level of his own, or undefined: what `STEMMA_` levels say, Stemma itself has to find. */
export function levelProblem(level: string): string | undefined {
  const problem = formProblem(level);
  if (problem !== undefined) return problem;
  return level.startsWith('STEMMA_') ? 'expected a level of your own, found one that Stemma gives itself' : undefined;
}

function requireUri(text: string, pointer: string): void {
  const problem = uriProblem(text);
  if (problem !== undefined) throw malformed('PREDICATE_INVALID', pointer, problem);
}
