import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { install, main, runStep } from '../integrations/action.ts';
import { ROOT, readYaml, workplace } from '../integrations/support.ts';
import { plainEnvironment } from '../support/cli.ts';

/** The folder that a pipeline works in. npm is not to take this registry, which answers nobody, from it. */
let dir: string;
/** The action as a runner checks it out. */
let checkout: string;
/** What `npm install --global` installs to, with a Node.js beside it: the programs of a container's image. */
let programs: string;
let installed: Awaited<ReturnType<typeof runStep>>;

beforeAll(async () => {
  dir = await workplace(realpathSync(mkdtempSync(path.join(tmpdir(), 'stemma-integrations-'))));
  writeFileSync(path.join(dir, '.npmrc'), 'registry=http://127.0.0.1:1/\nfetch-retries=0\n');
  checkout = path.join(dir, '.action');
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const name of tracked) cpSync(path.join(ROOT, name), path.join(checkout, name));
  installed = await runStep(install, { cwd: dir, runner: { GITHUB_ACTION_PATH: checkout } });
  programs = path.join(dir, '.image/bin');
  mkdirSync(programs, { recursive: true });
  cpSync(process.execPath, path.join(programs, 'node'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the action, checked out', () => {
  const verify = (model: string) =>
    runStep(main, {
      cwd: dir,
      runner: { GITHUB_ACTION_PATH: checkout },
      inputs: { mode: 'verify', model, 'trusted-keys': 'p256.pub' },
    });

  it('is installed by its first step, whatever the workspace says about npm', () => {
    expect(installed.exitCode, installed.stderr).toBe(0);
    expect(readdirSync(path.join(checkout, 'dist'))).toContain('commands');
    expect(readdirSync(dir)).not.toContain('node_modules');
  });

  it('verifies in its second step', async () => {
    expect((await verify('good')).exitCode).toBe(0);
    expect((await verify('bad')).exitCode).toBe(1);
    expect((await verify('unsigned')).exitCode).toBe(3);
  });
});

describe('the packed command, installed by the GitLab template', () => {
  interface Job {
    readonly variables?: Readonly<Record<string, string>>;
    readonly before_script?: readonly string[];
    readonly script?: readonly string[];
  }
  const jobs = readYaml('integrations/gitlab/stemma.gitlab-ci.yml') as Readonly<Record<string, Job>>;
  const { variables = {}, before_script: before = [] } = jobs['.stemma'] ?? {};

  /** A job's lines, one shell for all, as the runner does. */
  const run = (lines: readonly string[], env: Readonly<Record<string, string>>) =>
    execa('bash', ['-eo', 'pipefail', '-c', lines.join('\n')], {
      cwd: dir,
      env: plainEnvironment({ ...variables, PATH: `${programs}:${process.env['PATH']}`, ...env }),
      extendEnv: false,
      reject: false,
    });

  beforeAll(async () => {
    // The first step of the action has built it.
    execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], { cwd: checkout, stdio: 'pipe' });
    const { exitCode, stderr } = await run(before, { npm_config_prefix: path.dirname(programs) });
    expect(exitCode, stderr).toBe(0);
  });

  it('attests and verifies in its jobs', async () => {
    const env = { STEMMA_TRUSTED_KEYS: 'p256.pub' };
    const signed = await run(jobs['.stemma-attest']?.script ?? [], {
      MODEL: 'unsigned',
      STEMMA_SIGNING_KEY: 'p256.key',
    });
    expect(signed.exitCode, signed.stderr).toBe(0);

    const verified = async (model: string) =>
      (await run(jobs['.stemma-verify']?.script ?? [], { ...env, MODEL: model })).exitCode;
    expect(await verified('unsigned')).toBe(0);
    expect(await verified('bad')).toBe(1);
  });

  it('refuses a commit that changes a model, as the entry of the pre-commit hook', async () => {
    const [{ entry }] = readYaml('.pre-commit-hooks.yaml') as [{ readonly entry: string }];
    const repository = path.join(dir, 'repository');
    cpSync(path.join(dir, 'good'), path.join(repository, 'good'), { recursive: true });
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'commit.gpgSign=false'];
    const git = (...args: readonly string[]) =>
      execa('git', [...identity, ...args], {
        cwd: repository,
        env: plainEnvironment({ PATH: `${programs}:${process.env['PATH']}` }),
        extendEnv: false,
        reject: false,
      });
    await git('init', '-q');
    const hook = path.join(repository, '.git/hooks/pre-commit');
    mkdirSync(path.dirname(hook), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\nexec ${entry} good --key '${path.join(dir, 'p256.pub')}'\n`);
    chmodSync(hook, 0o755);
    await git('add', '.');
    expect((await git('commit', '-qm', 'signed')).exitCode).toBe(0);

    appendFileSync(path.join(repository, 'good/config.json'), ' ');
    const refused = await git('commit', '-qam', 'changed');

    expect(refused.exitCode).toBe(1);
    expect(refused.stdout + refused.stderr).toContain('"config.json" changed');
  });

  it('is what the image of the Kubernetes example installs', () => {
    const [, file = ''] =
      /```dockerfile\n([^`]+)```/.exec(readFileSync(path.join(ROOT, 'docs/gates.md'), 'utf8')) ?? [];
    const tarball = path.basename(variables['PACKAGE'] ?? '');

    expect(readdirSync(dir)).toContain(tarball);
    expect(file).toContain(`COPY ${tarball} /tmp/\n`);
    expect(file).toContain(`RUN ${before[0]?.replace('-- "$PACKAGE"', `/tmp/${tarball}`)} && rm /tmp/${tarball}\n`);
  });

  it('runs in the init container: without a home, by a user who may write nothing', async () => {
    const text = readFileSync(path.join(ROOT, 'integrations/kubernetes/verify-before-serving.yaml'), 'utf8');
    const [, pod] = parseAllDocuments(text).map((document) => document.toJS()) as [
      unknown,
      { readonly spec: { readonly initContainers: readonly { readonly command: readonly string[] }[] } },
    ];
    const command = pod.spec.initContainers.at(-1)?.command ?? [];
    cpSync(path.join(dir, 'p256.pub'), path.join(dir, 'trainer.pub'));
    // Only root may become another user; who runs the tests as one is one already.
    const user = process.getuid?.() === 0 ? { uid: 65532, gid: 65532 } : {};
    execFileSync('chmod', ['-R', 'go=rX', dir]);
    const verify = async (model: string) => {
      const [program = '', ...args] = command.map((argument) =>
        argument.replace(/^\/model$/, path.join(dir, model)).replace('/trust/', `${dir}/`),
      );
      const env = { PATH: `${programs}:/usr/bin:/bin`, HOME: '/nonexistent' };
      return execa(path.join(programs, program), args, { cwd: '/', env, extendEnv: false, reject: false, ...user });
    };

    const good = await verify('good');
    expect([good.exitCode, good.stderr]).toEqual([0, '']);
    expect((await verify('bad')).exitCode).toBe(1);
  });
});
