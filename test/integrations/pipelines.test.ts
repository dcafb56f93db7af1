import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runStemma } from '../support/cli.ts';
import { programFolder, runInShell } from '../support/shell.ts';
import { ROOT, readYaml, workplace } from './support.ts';

let dir: string;
beforeEach(async () => {
  dir = await workplace();
  programFolder(path.join(dir, 'programs'));
});

describe('the GitLab template', () => {
  interface Job {
    readonly extends?: string;
    readonly before_script?: readonly string[];
    readonly script?: readonly string[];
    readonly artifacts?: { readonly paths: readonly string[]; readonly reports: { readonly junit: string } };
  }
  const jobs = readYaml('integrations/gitlab/stemma.gitlab-ci.yml') as Readonly<Record<string, Job>>;
  const run = async (job: string, env: Readonly<Record<string, string>>): Promise<number> => {
    const options = { cwd: dir, programs: path.join(dir, 'programs'), env };
    const results = await runInShell(jobs[job]?.script ?? [], options);
    return results.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0;
  };

  it('holds hidden jobs alone, which only those who extend them run', () => {
    expect(Object.keys(jobs).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(jobs['.stemma']?.before_script).toEqual([expect.stringMatching(/^npm install .* -- "\$PACKAGE"$/)]);
    expect([jobs['.stemma-verify']?.extends, jobs['.stemma-attest']?.extends]).toEqual(['.stemma', '.stemma']);
  });

  it('attests, verifies, and leaves the files that it calls artifacts', async () => {
    const key = path.join(dir, 'p256.key');
    expect(await run('.stemma-attest', { MODEL: 'unsigned', STEMMA_SIGNING_KEY: key })).toBe(0);

    expect(await run('.stemma-verify', { MODEL: 'unsigned', STEMMA_TRUSTED_KEYS: path.join(dir, 'p256.pub') })).toBe(0);
    const { paths = [], reports } = jobs['.stemma-verify']?.artifacts ?? {};
    for (const file of [...paths, reports?.junit ?? ''])
      expect(readFileSync(path.join(dir, file), 'utf8').length).toBeGreaterThan(100);
  });

  it.each([
    ['bad', 1],
    ['absent', 2],
    ['$(touch pwned)', 2],
    ['--integrity-only', 2],
  ])('fails the model %s with exit code %i', async (MODEL, expected) => {
    expect(await run('.stemma-verify', { MODEL, STEMMA_TRUSTED_KEYS: path.join(dir, 'p256.pub') })).toBe(expected);
  });
});

describe('the pre-commit hook', () => {
  const [hook] = readYaml('.pre-commit-hooks.yaml') as [Readonly<Record<'id' | 'entry' | 'files', string>>];
  const run = async (...args: readonly string[]): Promise<number | null> => {
    const [, ...entry] = hook.entry.split(' ');
    return (await runStemma([...entry, ...args], { cwd: dir })).exitCode;
  };

  it('passes what is signed, and nothing else', async () => {
    expect(hook.entry.split(' ')[0]).toBe('stemma');
    expect(await run('good', '--key', 'p256.pub')).toBe(0);
    expect(await run('bad', '--key', 'p256.pub')).toBe(1);
    expect(await run('unsigned', '--key', 'p256.pub')).toBe(3);
  });

  it('runs when a file of a model or of its evidence changes', () => {
    const files = new RegExp(hook.files);
    const own = ['m/model.safetensors', 'a/b.gguf', 'm/model.sig', 'model.attestations.jsonl', 'm/tokenizer.json'];

    expect(own.filter((name) => !files.test(name))).toEqual([]);
    expect(['src/main.py', 'README.md', 'model.sign'].filter((name) => files.test(name))).toEqual([]);
  });
});

describe('the Kubernetes example', () => {
  interface Container {
    readonly name: string;
    readonly image: string;
    readonly command?: readonly string[];
    readonly securityContext?: object;
    readonly volumeMounts: readonly {
      readonly name: string;
      readonly mountPath: string;
      readonly readOnly?: boolean;
    }[];
  }
  const text = readFileSync(path.join(ROOT, 'integrations/kubernetes/verify-before-serving.yaml'), 'utf8');
  const [trust, pod] = parseAllDocuments(text).map((document) => document.toJS()) as [
    { readonly metadata: { readonly name: string }; readonly data: Readonly<Record<string, string>> },
    {
      readonly spec: {
        readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
      };
    },
  ];
  const verify = pod.spec.initContainers.at(-1);

  /** What the init container runs, on the folders that stand for its mounts. */
  const run = async (model: string): Promise<number | null> => {
    writeFileSync(path.join(dir, 'trainer.pub'), readFileSync(path.join(dir, 'p256.pub')));
    const [program, ...args] = verify?.command ?? [];
    expect(program).toBe('stemma');
    const local = args.map((argument) => argument.replace(/^\/model$/, model).replace('/trust/', `${dir}/`));
    return (await runStemma(local, { cwd: dir })).exitCode;
  };

  it('verifies last before the server starts, as nobody in particular, and changes nothing', async () => {
    expect(verify?.name).toBe('verify');
    expect(verify?.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
    for (const { readOnly } of verify?.volumeMounts ?? []) expect(readOnly).toBe(true);
    for (const { volumeMounts } of pod.spec.containers)
      expect(volumeMounts).toContainEqual({ name: 'model', mountPath: '/model', readOnly: true });
  });

  it('finds the keys where the map of them is mounted', () => {
    const volume = pod.spec.volumes.find(({ configMap }) => configMap?.name === trust.metadata.name);

    expect(verify?.volumeMounts).toContainEqual({ name: volume?.name, mountPath: '/trust', readOnly: true });
    expect(verify?.command).toContain(`/trust/${Object.keys(trust.data)[0]}`);
  });

  it('names every image by its digest', () => {
    for (const { image } of [...pod.spec.initContainers, ...pod.spec.containers])
      expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it.each([
    ['good', 0],
    ['bad', 1],
    ['unsigned', 3],
  ])('lets the pod start with a good model alone: %s', async (model, expected) => {
    expect(await run(model)).toBe(expected);
  });
});
