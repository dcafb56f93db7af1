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

/** An absolute http(s) URI without user info, query or fragment, which are never recorded (design §4); else undefined. */
export function publicUri(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href;
}

interface CiSystem {
  readonly system: string;
  /** The variable that the system sets in every job. */
  readonly sign: string;
  readonly id: (env: Environment) => string | undefined;
  readonly invocation: (env: Environment) => string | undefined;
}

/** Joins parts only where every one of them is set. */
const join = (...parts: readonly (string | undefined)[]): string | undefined =>
  parts.some((part) => part === undefined || part === '') ? undefined : parts.join('');

const SYSTEMS: readonly CiSystem[] = [
  {
    system: 'github-actions',
    sign: 'GITHUB_ACTIONS',
    id: (env) => join(env['GITHUB_SERVER_URL'], '/', env['GITHUB_WORKFLOW_REF']),
    invocation: (env) =>
      join(
        env['GITHUB_SERVER_URL'],
        '/',
        env['GITHUB_REPOSITORY'],
        '/actions/runs/',
        env['GITHUB_RUN_ID'],
        '/attempts/',
        env['GITHUB_RUN_ATTEMPT'] ?? '1',
      ),
  },
  {
    system: 'gitlab-ci',
    sign: 'GITLAB_CI',
    id: (env) => join(env['CI_PROJECT_URL'], '/-/runners/', env['CI_RUNNER_ID']),
    invocation: (env) => env['CI_JOB_URL'],
  },
  {
    system: 'buildkite',
    sign: 'BUILDKITE',
    id: (env) =>
      join('https://buildkite.com/', env['BUILDKITE_ORGANIZATION_SLUG'], '/', env['BUILDKITE_PIPELINE_SLUG']),
    invocation: (env) => join(env['BUILDKITE_BUILD_URL'], '/jobs/', env['BUILDKITE_JOB_ID']),
  },
  {
    system: 'azure-pipelines',
    sign: 'TF_BUILD',
    id: (env) =>
      join(env['SYSTEM_COLLECTIONURI'], env['SYSTEM_TEAMPROJECT'], '/_build/definition/', env['SYSTEM_DEFINITIONID']),
    invocation: (env) =>
      join(env['SYSTEM_COLLECTIONURI'], env['SYSTEM_TEAMPROJECT'], '/_build/results/', env['BUILD_BUILDID']),
  },
  {
    system: 'jenkins',
    sign: 'JENKINS_URL',
    id: (env) => env['JENKINS_URL'],
    invocation: (env) => env['BUILD_URL'],
  },
];

/** Recognises the CI system from its environment. What it says is the signer's claim: `builder.id` proves nothing by itself. */
export function detectBuilder(env: Environment): Builder {
  for (const { system, sign, id, invocation } of SYSTEMS) {
    if (env[sign] === undefined || env[sign] === '' || env[sign] === 'false') continue;
    const builderId = publicUri(id(env));
    if (builderId === undefined) continue;
    const invocationId = publicUri(invocation(env));
    return { system, id: builderId, ...(invocationId === undefined ? {} : { invocationId }) };
  }
  return { system: 'local', id: LOCAL_BUILDER };
}
