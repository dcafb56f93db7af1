import type { CID } from 'multiformats/cid';
import type { AbortOptions } from '../../progress/index.ts';
import type { Dag } from '../dag.ts';
import { contentCheck, failedCheck, listedCheck, sizeCheck } from './checks.ts';
import { type PinCheck, type PinReport, pinReport, type TargetReport } from './report.ts';
import type { PinTarget, TargetContext } from './target.ts';

export interface PinStatusOptions extends AbortOptions, TargetContext {
  /** How many different holders are needed. */
  readonly required: number;
}

/**
 * Who keeps a root now. The same checks as after a pin, but for the first.
 *
 * @param dag what was computed here, where the bytes are at hand
 * @throws StemmaError INTERRUPTED
 */
export async function pinStatus(
  root: CID,
  dag: Dag | undefined,
  targets: readonly PinTarget[],
  options: PinStatusOptions,
): Promise<PinReport> {
  const reports: TargetReport[] = [];
  for (const target of targets) reports.push(await statusAt(target, root, dag, options));
  return pinReport(root, dag, reports, { required: options.required, all: false });
}

async function statusAt(
  target: PinTarget,
  root: CID,
  dag: Dag | undefined,
  options: PinStatusOptions,
): Promise<TargetReport> {
  const checks: PinCheck[] = [];
  try {
    const holders = await target.holders(root, options.signal);
    const listed = listedCheck(holders, { promised: false });
    checks.push(listed);
    if (listed.outcome === 'pass') {
      checks.push(await sizeCheck(target, root, dag, options.signal), await contentCheck(target, root, options));
    }
    return { target: target.label, checks, holders };
  } catch (error) {
    checks.push(failedCheck('pin.listed', error));
    return { target: target.label, checks, holders: [] };
  }
}
