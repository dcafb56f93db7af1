import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { quote } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { type Car, openCar } from '../car/read.ts';
import { writeCar } from '../car/write.ts';
import { formatCid } from '../cid.ts';
import type { PinTarget } from './target.ts';

/** More blocks than the largest models of today have. */
const LIMITS = { maxBlocks: 16_000_000, maxBytes: 16 * 1024 ** 4 } as const;

/** A CAR on disk: what pinning is where there is no daemon. Any node takes it later with `ipfs dag import`. */
export function carTarget(file: string): PinTarget {
  const label = `car=${path.basename(file)}`;
  return {
    label,
    isPublic: false,
    async put(dag, options) {
      const there = await opened(file, options.signal);
      await there?.close();
      if (there !== undefined && !isAlone(there, dag.root)) {
        throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(file))} holds another DAG`, {
          hint: 'name another file, or remove this one',
        });
      }
      // The same DAG is written again: what is there may be damaged, and equal DAGs give equal bytes.
      await writeCar(file, dag, options);
      return [formatCid(dag.root)];
    },
    async holders(root, signal) {
      const car = await opened(file, signal);
      await car?.close();
      return car !== undefined && isAlone(car, root) ? [{ peer: label, state: 'pinned' }] : [];
    },
    async open(_root, signal) {
      return openCar(file, LIMITS, signal === undefined ? {} : { signal });
    },
    remove: async () => {
      throw new StemmaError('USAGE', `a CAR is a file: remove ${quote(path.basename(file))} yourself`);
    },
  };
}

async function opened(file: string, signal: AbortSignal | undefined): Promise<Car | undefined> {
  try {
    return await openCar(file, LIMITS, signal === undefined ? {} : { signal });
  } catch (error) {
    if (isStemmaError(error) && error.code === 'PATH_NOT_FOUND') return undefined;
    throw error;
  }
}

const isAlone = ({ roots }: Car, root: CID): boolean =>
  roots.length === 1 && roots.every((found) => formatCid(found) === formatCid(root));
