import { publicUri, uriPath } from './public-uri.ts';

/** Environment variables as the caller hands them over; core reads none itself. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** SLSA provenance v1 `runDetails.builder.id` and `metadata.invocationId`, as the CI system names them. */
export interface Builder {
  /** Which system was recognised: `github-actions`, … or `local`. */
  readonly system: string;
  readonly id: string;
  /** Only where the system supplies one: we make none up (design §4). */
  readonly invocationId?: string;
}

/** The id of a builder that no CI system vouches for. */
export const LOCAL_BUILDER = 'https://w3id.org/stemma/builder/local';

interface CiSystem {
  readonly system: string;
  /** The variable that the system sets in every job. */
  readonly sign: string;
  readonly id: (env: Environment) => string | undefined;
  readonly invocation: (env: Environment) => string | undefined;
}

/** `address` is a URI of the system, the parts are text of a path in it; undefined unless every one of them is set. */
function below(address: string | undefined, ...parts: readonly (string | undefined)[]): string | undefined {
  // A query would take up whatever follows it.
  let uri = publicUri(address)?.replace(/\/$/, '');
  if (uri === undefined) return undefined;
  for (const part of parts) {
    if (part === undefined || part === '') return undefined;
    uri += `/${uriPath(part)}`;
  }
  return uri;
}

const SYSTEMS: readonly CiSystem[] = [
  {
    system: 'github-actions',
    sign: 'GITHUB_ACTIONS',
    id: (env) => below(env['GITHUB_SERVER_URL'], env['GITHUB_WORKFLOW_REF']),
    invocation: (env) => {
      const run = below(env['GITHUB_SERVER_URL'], env['GITHUB_REPOSITORY'], 'actions/runs', env['GITHUB_RUN_ID']);
      return below(run, 'attempts', env['GITHUB_RUN_ATTEMPT']) ?? run;
    },
  },
  {
    system: 'gitlab-ci',
    sign: 'GITLAB_CI',
    id: (env) => below(env['CI_PROJECT_URL'], '-/runners', env['CI_RUNNER_ID']),
    invocation: (env) => env['CI_JOB_URL'],
  },
  {
    system: 'buildkite',
    sign: 'BUILDKITE',
    id: (env) => below('https://buildkite.com', env['BUILDKITE_ORGANIZATION_SLUG'], env['BUILDKITE_PIPELINE_SLUG']),
    invocation: (env) => below(env['BUILDKITE_BUILD_URL'], 'jobs', env['BUILDKITE_JOB_ID']),
  },
  {
    system: 'azure-pipelines',
    sign: 'TF_BUILD',
    id: (env) =>
      below(env['SYSTEM_COLLECTIONURI'], env['SYSTEM_TEAMPROJECT'], '_build/definition', env['SYSTEM_DEFINITIONID']),
    invocation: (env) =>
      below(env['SYSTEM_COLLECTIONURI'], env['SYSTEM_TEAMPROJECT'], '_build/results', env['BUILD_BUILDID']),
  },
  {
    system: 'jenkins',
    sign: 'JENKINS_URL',
    id: (env) => env['JENKINS_URL'],
    invocation: (env) => env['BUILD_URL'],
  },
];

/**
 * Recognises the CI system from its environment. What it says is the signer's claim: `builder.id` proves nothing by itself.
 *
 * @param onWarning told of a system that does not say enough of itself to be named
 */
export function detectBuilder(env: Environment, onWarning?: (message: string) => void): Builder {
  for (const { system, sign, id, invocation } of SYSTEMS) {
    if (env[sign] === undefined || env[sign] === '' || env[sign] === 'false') continue;
    const builderId = publicUri(id(env));
    if (builderId === undefined) {
      onWarning?.(`${sign} is set, but nothing else names the ${system} builder: it is not recorded`);
      continue;
    }
    const invocationId = publicUri(invocation(env));
    return { system, id: builderId, ...(invocationId === undefined ? {} : { invocationId }) };
  }
  return { system: 'local', id: LOCAL_BUILDER };
}
