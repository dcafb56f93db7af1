import { artifactDigests } from '../core/attest/index.ts';
import { type FamilyOptions, type FamilyResult, findFamily } from '../core/store/index.ts';
import type { Work } from './base-command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { renderFamily } from './render/store.ts';
import type { Look } from './render/text.ts';
import { storeOf } from './store-flags.ts';

export interface FamilyAnswer {
  readonly result: FamilyResult & { readonly digests: FamilyOptions['digests'][number] };
  readonly exitCode: ExitCode;
  readonly human: (look: Look) => string;
}

/**
 * What `store descendants` and `store ancestors` answer. An answer that may lack something is not done: whoever asks what a
 * revoked base taints must not take silence for none.
 *
 * @throws StemmaError as `artifactDigests` and `findFamily`
 */
export async function answerFamily(
  artifact: string,
  direction: FamilyOptions['direction'],
  flags: { readonly store: string | undefined; readonly 'max-depth': number },
  work: Work,
): Promise<FamilyAnswer> {
  const digests = await artifactDigests(artifact, work);
  const found = await findFamily({
    ...work,
    store: storeOf(flags),
    digests: [digests],
    direction,
    maxDepth: flags['max-depth'],
  });
  const isComplete = found.damaged === 0 && found.truncated === undefined;
  return {
    result: { digests, ...found },
    exitCode: isComplete ? EXIT.done : EXIT.incomplete,
    human: (look) => renderFamily(found, { direction, digests }, look),
  };
}
