import type { AbortOptions, ProgressOptions } from '../../progress/index.ts';
import type { Dag } from '../dag.ts';
import { contentCheck, failedCheck, listedCheck, rootCheck, sizeCheck } from './checks.ts';
import { type PinCheck, type PinReport, pinReport, type TargetReport } from './report.ts';
import { rest } from './retry.ts';
import type { Holder, PinTarget, TargetContext } from './target.ts';

export interface PinOptions extends AbortOptions, ProgressOptions, TargetContext {
  readonly name?: string;
  /** On how many peers of each target that has several. */
  readonly replicas?: number;
  /** Called before anything is sent to a target that others read: it throws where that may not be. */
  readonly beforePublishing: () => Promise<void>;
}

const FIRST_LOOK_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Pins a DAG to one target after the other, each with the checks of docs/ipfs.md. A target that fails leaves the others alone.
 * Where a target already lists the pin and counts what was computed here, nothing is sent.
 *
 * @throws StemmaError USAGE, WOULD_OVERWRITE, FILE_CHANGED and others of our own files, INTERRUPTED; what `beforePublishing` throws
 */
export async function pinDag(dag: Dag, targets: readonly PinTarget[], options: PinOptions): Promise<PinReport> {
  const reports: TargetReport[] = [];
  for (const target of targets) reports.push(await pinTo(target, dag, options));
  return pinReport(dag.root, dag, reports, { required: options.replicas ?? 1, all: true });
}

async function pinTo(target: PinTarget, dag: Dag, options: PinOptions): Promise<TargetReport> {
  const { signal } = options;
  const checks: PinCheck[] = [];
  let holders: readonly Holder[] = [];
  let step: PinCheck['id'] = 'pin.root';
  try {
    if (await isThere(target, dag, options)) {
      checks.push({ id: 'pin.root', outcome: 'pass', message: 'it was there already: nothing was sent' });
    } else {
      if (target.isPublic) await options.beforePublishing();
      checks.push(rootCheck(await target.put(dag, options), dag.root));
    }
    step = 'pin.listed';
    holders = await settled(target, dag, options);
    checks.push(replicasCheck(listedCheck(holders, { promised: true }), holders, options.replicas));
  } catch (error) {
    checks.push(failedCheck(step, error));
    return { target: target.label, checks, holders };
  }
  if (checks.every(({ outcome }) => outcome === 'pass')) {
    checks.push(await sizeCheck(target, dag.root, dag, signal), await contentCheck(target, dag.root, options));
  }
  return { target: target.label, checks, holders };
}

async function isThere(target: PinTarget, dag: Dag, { replicas = 1, signal }: PinOptions): Promise<boolean> {
  // A file is written whole in any case: reading it through costs as much.
  if (!target.isPublic) return false;
  const holders = await target.holders(dag.root, signal);
  if (holders.filter(({ state }) => state === 'pinned').length < replicas) return false;
  return (await sizeCheck(target, dag.root, dag, signal)).outcome !== 'fail';
}

/** Waits until enough hold it, until nothing is under way any more, or until nothing changed for the time limit. */
async function settled(
  target: PinTarget,
  dag: Dag,
  { replicas = 1, timeoutMs, signal }: PinOptions,
): Promise<readonly Holder[]> {
  let seen = '';
  let still = 0;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const holders = await target.holders(dag.root, signal);
    const now = JSON.stringify(holders);
    still = now === seen ? still + pause : 0;
    seen = now;
    const isDone = holders.filter(({ state }) => state === 'pinned').length >= replicas;
    const isUnderWay = holders.some(({ state }) => state === 'pinning');
    // A cluster's peers hear of a pin one after the other, so an empty list is given a moment.
    if (isDone || (!isUnderWay && still >= GRACE_MS) || still >= timeoutMs) return holders;
    await rest(pause, signal);
  }
}

const GRACE_MS = 2000;

function replicasCheck(check: PinCheck, holders: readonly Holder[], replicas: number | undefined): PinCheck {
  const held = holders.filter(({ state }) => state === 'pinned').length;
  if (check.outcome !== 'pass' || replicas === undefined || held >= replicas) return check;
  return { ...check, outcome: 'missing', message: `${check.message} of ${replicas}` };
}
