import path from 'node:path';
import { locateModel } from '../../model/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import type { Dag } from '../dag.ts';
import type { Recipients } from '../encrypt/recipients.ts';
import { listFile } from '../files-dag.ts';
import { sourceDag } from '../source-dag.ts';
import { packDag } from './build.ts';
import { writeDag } from './write.ts';

interface SealOptions extends AbortOptions {
  readonly recipients: Recipients;
  /** An empty folder in which the ciphertext lies for as long as the DAG is used. */
  readonly folder: string;
}

/**
 * The evidence of a model as an encrypted pack: the DAG of a single file. No two are the same, and none says what it is about.
 *
 * @throws StemmaError as `locateModel`, `packDag` and `writeDag`
 */
export async function sealedEvidence(model: string, { recipients, folder, signal }: SealOptions): Promise<Dag> {
  const { root } = await locateModel(model, { ignore: [], opaque: [] });
  const { dag } = await packDag({ name: path.basename(root), model: root, ancestors: [], named: [] }, { signal });
  const file = path.join(folder, 'evidence.car.age');
  await writeDag(file, dag, { recipients, signal });
  const content = await listFile(file, 'the encrypted evidence');
  return sourceDag('file', [{ path: '', content }], { signal, phase: 'hashing encrypted evidence' });
}
