import type { Interfaces } from '@oclif/core';
import { boolean } from '@oclif/core/flags';
import type { PinReport } from '../core/ipfs/index.ts';
import type { Work } from './base-command.ts';
import type { ExitCode } from './exit-codes.ts';
import { repeatable } from './flags.ts';
import { authEnvFlag } from './ipfs-auth.ts';
import { EXIT_OF_PIN } from './pin-exit.ts';
import { timeoutFlag } from './pin-flags.ts';
import type { Look } from './render/text.ts';

/** The flags of a command that pins what it attests. */
export function pinFlags() {
  return {
    pin: repeatable({
      summary: 'pin the evidence as well: kubo, kubo=URL, car=FILE, cluster=URL or service=URL',
      helpValue: 'TARGET',
      helpGroup: 'IPFS',
      exclusive: ['output-dir'],
    }),
    'auth-env': authEnvFlag(),
    timeout: timeoutFlag(),
    yes: boolean({
      summary: 'agree that it becomes public; needed with --pin where nobody can be asked',
      helpGroup: 'IPFS',
    }),
  };
}

interface Pinning {
  /** @param say prints to stderr */
  pin(work: Work, say: (human: (look: Look) => string) => void): Promise<{ report: PinReport; exitCode: ExitCode }>;
}

/**
 * Reads what `--pin` names before anything is hashed.
 *
 * @returns undefined without `--pin`
 * @throws StemmaError USAGE, also where nobody could be asked afterwards
 */
export async function preparePin(
  flags: Interfaces.InferredFlags<ReturnType<typeof pinFlags>>,
  model: string,
  isJson: boolean,
): Promise<Pinning | undefined> {
  const values = flags.pin ?? [];
  if (values.length === 0) return undefined;
  const { openTargets } = await import('./pin-flags.ts');
  const { askOnce, requireConsent } = await import('./publish.ts');
  const { targets, context } = await openTargets(values, flags, model);
  const consent = { yes: flags.yes, isJson };
  if (targets.some(({ isPublic }) => isPublic)) requireConsent(consent);
  return {
    async pin(work, say) {
      const { pinDag, pinnableOf } = await import('../core/ipfs/index.ts');
      const { renderCost } = await import('./render/pin.ts');
      const pinnable = await pinnableOf(model, { ...work, withWeights: false, ignore: [], allowSymlinks: false });
      const show = (): void => say((look) => renderCost(pinnable, look));
      const beforePublishing = askOnce(consent, { show, signal: work.signal });
      const report = await pinDag(pinnable.dag, targets, { ...work, ...context, beforePublishing });
      return { report, exitCode: EXIT_OF_PIN[report.result] };
    },
  };
}
