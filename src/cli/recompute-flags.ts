import { boolean } from '@oclif/core/flags';
import { repeatable } from './flags.ts';

/** `--recompute` and `--parent`: neither means anything without the other. */
export function recomputeFlags() {
  return {
    recompute: boolean({
      summary: 'compute the model again from its parents, where it was computed from them',
      helpGroup: 'LINEAGE',
      dependsOn: ['parent'],
    }),
    parent: repeatable({
      summary: 'folder or file of a parent, found by its digests',
      helpValue: 'PATH',
      helpGroup: 'LINEAGE',
      dependsOn: ['recompute'],
    }),
  };
}
