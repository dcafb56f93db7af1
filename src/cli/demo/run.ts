import { throwIfAborted } from '../../core/errors/index.ts';
import { attestBase, attestFinetuned, makeKeys } from './attesting.ts';
import type { Scene } from './scene.ts';
import type { DemoResult, DemoStep } from './step.ts';
import { verifyFast, verifyGenuine, verifyStranger, verifyTampered } from './verifying.ts';
import { inWorkspace } from './workspace.ts';

export interface DemoOptions extends Omit<Scene, 'folder'> {
  /** The folder `fixtures/digits`. */
  readonly fixture: string;
  /** Whether the temporary folder stays. */
  readonly keep: boolean;
}

/**
 * Attests and verifies a small real model in a temporary folder, tampers with it, and compares what happens with what each
 * step tells.
 *
 * @throws StemmaError as `attestModel` and `verifyModel`; WRITE_FAILED; INTERRUPTED, with nothing left behind
 */
export async function runDemo({ fixture, keep, ...rest }: DemoOptions): Promise<DemoResult> {
  const { result: steps, folder } = await inWorkspace(fixture, keep, (folder) => story({ ...rest, folder }));
  const asTold = steps.every(({ broken }) => broken.length === 0);
  return { asTold, steps, ...(keep ? { folder } : {}) };
}

async function story(scene: Scene): Promise<DemoStep[]> {
  const { step, keys } = await makeKeys(scene);
  const steps = [step];
  for (const next of [attestBase, attestFinetuned, verifyGenuine, verifyFast, verifyTampered, verifyStranger]) {
    throwIfAborted(scene.work.signal);
    steps.push(await next(scene, keys));
  }
  throwIfAborted(scene.work.signal);
  return steps;
}
