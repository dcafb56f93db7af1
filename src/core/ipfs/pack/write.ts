import { writeFileAtomic } from '../../evidence/index.ts';
import type { AbortOptions, ProgressOptions } from '../../progress/index.ts';
import { carBytes, writeCar } from '../car/write.ts';
import type { Dag } from '../dag.ts';
import { encryptTo } from '../encrypt/encrypt.ts';
import type { Recipients } from '../encrypt/recipients.ts';

/**
 * Writes a DAG as a CAR; where there are recipients, as one age file with the CAR in it, so that not even names and sizes of files are
 * told. No plaintext touches the disk.
 *
 * @throws StemmaError as `writeCar`
 */
export async function writeDag(
  file: string,
  dag: Dag,
  { recipients, ...options }: AbortOptions & ProgressOptions & { readonly recipients: Recipients | undefined },
): Promise<void> {
  if (recipients === undefined) return writeCar(file, dag, options);
  await writeFileAtomic(file, encryptTo(recipients, carBytes(dag, options.signal)));
}
