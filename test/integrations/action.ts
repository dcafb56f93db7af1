import { execa } from 'execa';
import { plainEnvironment } from '../support/cli.ts';
import { readYaml } from './support.ts';

interface Step {
  readonly shell: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
export const action = readYaml('action.yml') as Action;
export const [install, main] = action.runs.steps as [Step, Step];

type Variables = Readonly<Record<string, string>>;

/** Runs a step of the action as the runner does: its `run` by bash, its `env` with every input filled in. */
export async function runStep(
  step: Step,
  options: { readonly cwd: string; readonly runner: Variables; readonly inputs?: Variables },
): Promise<{ readonly exitCode?: number; readonly stdout: string; readonly stderr: string }> {
  const { cwd, runner, inputs = {} } = options;
  const filled = Object.entries(step.env ?? {}).map(([name, expression]) => {
    const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(expression)?.[1] ?? '';
    return [name, inputs[input] ?? action.inputs[input]?.default ?? ''];
  });
  return execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
    cwd,
    env: plainEnvironment({ ...runner, ...Object.fromEntries(filled) }),
    extendEnv: false,
    reject: false,
  });
}
