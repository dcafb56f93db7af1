import { describe, expect, it } from 'vitest';
import { detectBuilder, type Environment, LOCAL_BUILDER } from '../../../src/core/attest/builder.ts';
import { listen } from './support.ts';

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'org/repo',
  GITHUB_WORKFLOW_REF: 'org/repo/.github/workflows/train.yml@refs/heads/main',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '2',
};
const AZURE = {
  TF_BUILD: 'True',
  SYSTEM_COLLECTIONURI: 'https://dev.azure.com/org/',
  SYSTEM_TEAMPROJECT: 'My Project',
  SYSTEM_DEFINITIONID: '7',
  BUILD_BUILDID: '99',
};
const local = { system: 'local', id: LOCAL_BUILDER };

describe('recognising the builder', () => {
  it.each<[string, Environment, object]>([
    [
      'GitHub Actions',
      GITHUB,
      {
        system: 'github-actions',
        id: 'https://github.com/org/repo/.github/workflows/train.yml@refs/heads/main',
        invocationId: 'https://github.com/org/repo/actions/runs/42/attempts/2',
      },
    ],
    [
      'GitLab CI',
      {
        GITLAB_CI: 'true',
        CI_PROJECT_URL: 'https://gitlab.example.com/org/repo',
        CI_RUNNER_ID: '12',
        CI_JOB_URL: 'https://gitlab.example.com/org/repo/-/jobs/1',
      },
      {
        system: 'gitlab-ci',
        id: 'https://gitlab.example.com/org/repo/-/runners/12',
        invocationId: 'https://gitlab.example.com/org/repo/-/jobs/1',
      },
    ],
    [
      'Buildkite',
      {
        BUILDKITE: 'true',
        BUILDKITE_ORGANIZATION_SLUG: 'org',
        BUILDKITE_PIPELINE_SLUG: 'train',
        BUILDKITE_BUILD_URL: 'https://buildkite.com/org/train/builds/3',
        BUILDKITE_JOB_ID: 'j-1',
      },
      {
        system: 'buildkite',
        id: 'https://buildkite.com/org/train',
        invocationId: 'https://buildkite.com/org/train/builds/3/jobs/j-1',
      },
    ],
    [
      'Azure Pipelines',
      AZURE,
      {
        system: 'azure-pipelines',
        id: 'https://dev.azure.com/org/My%20Project/_build/definition/7',
        invocationId: 'https://dev.azure.com/org/My%20Project/_build/results/99',
      },
    ],
    [
      'Jenkins',
      { JENKINS_URL: 'https://ci.example.com/', BUILD_URL: 'https://ci.example.com/job/train/5/' },
      { system: 'jenkins', id: 'https://ci.example.com/', invocationId: 'https://ci.example.com/job/train/5/' },
    ],
    ['nothing at all', {}, local],
  ])('knows %s', (_, env, expected) => {
    expect(detectBuilder(env)).toEqual(expected);
  });

  it.each<[string, Environment]>([
    ['GITHUB_ACTIONS alone', { GITHUB_ACTIONS: 'true' }],
    ['GitHub without the workflow', { ...GITHUB, GITHUB_WORKFLOW_REF: undefined }],
    ['GitHub with an empty workflow', { ...GITHUB, GITHUB_WORKFLOW_REF: '' }],
    ['GitHub behind a file URL', { ...GITHUB, GITHUB_SERVER_URL: 'file:///etc' }],
    ['GitHub behind a script URL', { ...GITHUB, GITHUB_SERVER_URL: 'javascript:alert(1)' }],
    ['GitLab without the runner', { GITLAB_CI: 'true', CI_PROJECT_URL: 'https://gitlab.example.com/org/repo' }],
    ['Buildkite without the pipeline', { BUILDKITE: 'true', BUILDKITE_ORGANIZATION_SLUG: 'org' }],
    ['Azure without the definition', { ...AZURE, SYSTEM_DEFINITIONID: undefined }],
    ['Jenkins with a path for an address', { JENKINS_URL: '/var/lib/jenkins' }],
    ['an address of more than 2,048 characters', { JENKINS_URL: `https://ci.example.com/${'x'.repeat(2048)}` }],
  ])('calls it local, and says why, with %s', (_, env) => {
    const { said, onWarning } = listen();
    expect(detectBuilder(env, onWarning)).toEqual(local);
    expect(said).toEqual([expect.stringMatching(/^[A-Z_]+ is set, but nothing else names the [a-z-]+ builder/)]);
  });

  it.each(['false', ''])('takes a variable that says "%s" for no sign', (value) => {
    const { said, onWarning } = listen();
    expect(detectBuilder({ ...GITHUB, GITHUB_ACTIONS: value }, onWarning)).toEqual(local);
    expect(said).toEqual([]);
  });

  it('makes no attempt up where GitHub names none', () => {
    expect(detectBuilder({ ...GITHUB, GITHUB_RUN_ATTEMPT: undefined }).invocationId).toBe(
      'https://github.com/org/repo/actions/runs/42',
    );
  });

  it('records no invocation where the run is not named', () => {
    expect(detectBuilder({ ...GITHUB, GITHUB_RUN_ID: undefined })).not.toHaveProperty('invocationId');
  });

  it.each([
    ['user info', 'https://user:secret@ci.example.com/'],
    ['a query', 'https://ci.example.com/?token=secret'],
    ['a fragment', 'https://ci.example.com/#secret'],
  ])('records an address without %s', (_, url) => {
    expect(detectBuilder({ JENKINS_URL: url, BUILD_URL: url })).toEqual({
      system: 'jenkins',
      id: 'https://ci.example.com/',
      invocationId: 'https://ci.example.com/',
    });
  });

  it('builds no address upon a query', () => {
    const GITLAB_CI = 'true';
    const CI_PROJECT_URL = 'https://ci:secret@gitlab.example.com/org/repo?token=secret#secret';
    expect(detectBuilder({ GITLAB_CI, CI_PROJECT_URL, CI_RUNNER_ID: '5' }).id).toBe(
      'https://gitlab.example.com/org/repo/-/runners/5',
    );
  });

  it.each([
    ['main#evil', 'main%23evil'],
    ['main?evil', 'main%3Fevil'],
    ['%2e%2e/%2e%2e/other', '%252e%252e/%252e%252e/other'],
    ['x%23y', 'x%2523y'],
    ['a b', 'a%20b'],
    ['tab\tin', 'tab%09in'],
  ])('keeps the branch %s from passing for another one', (branch, recorded) => {
    const env = { ...GITHUB, GITHUB_WORKFLOW_REF: `org/repo/.github/workflows/t.yml@refs/heads/${branch}` };
    expect(detectBuilder(env).id).toBe(`https://github.com/org/repo/.github/workflows/t.yml@refs/heads/${recorded}`);
  });
});
