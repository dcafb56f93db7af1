/** The thread that hashes blocks of records: takes a block, answers with its subtrees, waits for the next. */
import { parentPort, workerData } from 'node:worker_threads';
import { sha256 } from '../digest/index.ts';
import { RecordSalts } from '../records/index.ts';
import { type BlockJob, hashBlock } from './record-block.ts';
import type { RecordWorkerSetup } from './record-threads.ts';

const { secret, blockBytes }: RecordWorkerSetup = workerData;
const salts = secret === undefined ? undefined : new RecordSalts(sha256, secret);
const scratch = new Uint8Array(blockBytes + 64);

parentPort?.on('message', (job: BlockJob) => {
  parentPort?.postMessage(hashBlock(job, salts, scratch), []);
});
