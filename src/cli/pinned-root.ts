import { existsSync } from 'node:fs';
import type { Work } from './base-command.ts';

interface Values {
  readonly 'with-weights': boolean;
  readonly ignore: string[] | undefined;
  readonly 'allow-symlinks': boolean;
  readonly jobs: number | undefined;
}

/**
 * The root that is meant: of a model that is there, computed from its bytes; else a CID, bare or as `ipfs://CID`.
 *
 * @throws StemmaError PATH_NOT_FOUND, CID_INVALID; as `pinnableOf`
 */
export async function pinnedRoot(given: string, flags: Values, work: Work) {
  const { parseCid } = await import('../core/ipfs/index.ts');
  if (!existsSync(given) && /^(?:ipfs:\/\/|baf|Qm)/.test(given)) {
    return { root: parseCid(given.replace(/^ipfs:\/\//, '')), dag: undefined, what: 'CID' };
  }
  const { pinnableOf } = await import('../core/ipfs/index.ts');
  const { dag, what } = await pinnableOf(given, {
    ...work,
    withWeights: flags['with-weights'],
    ignore: flags.ignore ?? [],
    allowSymlinks: flags['allow-symlinks'],
    ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
  });
  return { root: dag.root, dag, what };
}
