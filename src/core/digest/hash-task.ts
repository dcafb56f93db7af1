import { closeSync } from 'node:fs';
import { isStemmaError } from '../errors/index.ts';
import type { HashName, IncrementalHash } from './algorithms.ts';
import { assertUnchanged, openChecked, readBlock } from './checked-file.ts';
import { createHash, hashBytes } from './native.ts';
import { SegmentFeed } from './segment-feed.ts';
import type { Task, TaskResult } from './task.ts';

/**
 * Bytes read at a time: the block stays in the second-level cache between the read and the hash functions
 * (docs/decisions/0003-blake3-beside-sha256.md has the measurements).
 */
export const BLOCK_BYTES = 256 * 1024;

/** Where the blocks of a task are read to: a buffer used again and again, or a ring that another thread reads from. */
export interface BlockTarget {
  /** Space for the next block. */
  next(length: number): Uint8Array;
  /** The block last given out is filled. */
  filled(): void;
}

/** One block, reused: for work that stays in this thread. */
export function reusedBlock(): BlockTarget {
  const block = new Uint8Array(BLOCK_BYTES);
  return { next: (length) => block.subarray(0, length), filled: () => undefined };
}

/**
 * Carries out a task in one read, yielding the number of bytes after each block so that the caller can count, pause or stop
 * (stopping closes the file). Trouble with the file is in the result, which then holds no digest.
 */
export function* hashTask(task: Task, target: BlockTarget): Generator<number, TaskResult> {
  try {
    const fd = openChecked(task);
    try {
      return yield* hashOpen(task, fd, target);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    const { code, message, details } = error;
    return { file: task.file, whole: {}, segments: [], error: { code, message, details } };
  }
}

function* hashOpen(task: Task, fd: number, target: BlockTarget): Generator<number, TaskResult> {
  if (task.end - task.start <= BLOCK_BYTES) return yield* hashSmall(task, fd, target);
  const whole = task.whole.map((name): [HashName, IncrementalHash] => [name, createHash(name)]);
  const feeds = task.segments.map((request) => new SegmentFeed(request));
  for (let at = task.start; at < task.end; ) {
    const block = target.next(Math.min(BLOCK_BYTES, task.end - at));
    readBlock(task, fd, block, at);
    target.filled();
    for (const [, hash] of whole) hash.update(block);
    for (const feed of feeds) feed.feed(block);
    at += block.length;
    yield block.length;
  }
  assertUnchanged(task);
  return {
    file: task.file,
    whole: Object.fromEntries(whole.map(([name, hash]) => [name, hash.digest()])),
    segments: feeds.map((feed) => feed.finish()),
  };
}

/** A task of one block: a hash object would cost more than the hashing, and there may be a million such files. */
function* hashSmall(task: Task, fd: number, target: BlockTarget): Generator<number, TaskResult> {
  const block = target.next(task.end - task.start);
  readBlock(task, fd, block, task.start);
  target.filled();
  const whole: TaskResult['whole'] = Object.fromEntries(task.whole.map((name) => [name, hashBytes(name, block)]));
  const segments = task.segments.map((request) => {
    const feed = new SegmentFeed(request);
    feed.feed(block);
    return feed.finish();
  });
  yield block.length;
  assertUnchanged(task);
  return { file: task.file, whole, segments };
}
