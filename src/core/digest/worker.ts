/** The hashing worker: takes a job, answers with its results, waits for the next. */
import { parentPort, workerData } from 'node:worker_threads';
import { hashTask, reusedBlock } from './hash-task.ts';
import type { Done, Job, WorkerSetup } from './messages.ts';
import { createHash, usesPortableBlake3 } from './native.ts';
import { RingWriter, readRing } from './ring.ts';
import type { TaskResult } from './task.ts';

const setup: WorkerSetup = workerData;
const bytesRead = new BigInt64Array(setup.bytesRead);
const block = reusedBlock();

parentPort?.on('message', (job: Job) => {
  const results = carryOut(job);
  const done: Done = { results, portable: usesPortableBlake3() };
  parentPort?.postMessage(
    done,
    results.flatMap((result) => result.segments.map(({ digests }) => digests.buffer)),
  );
});

function carryOut(job: Job): readonly TaskResult[] {
  if (job.kind === 'lead') return lead(job);
  if (job.kind === 'follow') return follow(job);
  return job.tasks.map((task) => drive(hashTask(task, block)));
}

function lead({ task, ring }: Extract<Job, { kind: 'lead' }>): readonly TaskResult[] {
  const writer = new RingWriter(ring);
  const result = drive(hashTask(task, writer));
  if (result.error !== undefined) writer.abandon();
  return [result];
}

function follow({ file, hash: name, size, ring }: Extract<Job, { kind: 'follow' }>): readonly TaskResult[] {
  const hash = createHash(name);
  const complete = readRing(ring, size, (bytes) => hash.update(bytes));
  return complete ? [{ file, whole: { [name]: hash.digest() }, segments: [] }] : [];
}

function drive(steps: Generator<number, TaskResult>): TaskResult {
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) Atomics.add(bytesRead, 0, BigInt(step.value));
  return step.value;
}
