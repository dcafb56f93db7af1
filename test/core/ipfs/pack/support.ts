import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { encodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { isStemmaError, type StemmaError } from '../../../../src/core/errors/index.ts';
import { type DagFile, filesDag, packDag, writeCar } from '../../../../src/core/ipfs/index.ts';
import { openPack } from '../../../../src/core/ipfs/pack/open.ts';
import { tempDir } from '../../model/support.ts';

/** A folder with evidence of which only the bytes matter here. */
export function modelWith(files: Readonly<Record<string, string>>): string {
  const dir = path.join(tempDir(), 'model');
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
  return dir;
}

export const EVIDENCE = {
  'model.sig': '{"signature":1}',
  'model.attestations.jsonl': '{"line":1}\n',
  'model.manifest.jsonl': '{"manifest":1}\n',
};

/** Writes a pack of a model, and gives the file. */
export async function packOf(model: string, more: Partial<Parameters<typeof packDag>[0]> = {}): Promise<string> {
  const { dag } = await packDag({ name: 'model', model, ancestors: [], named: [], ...more });
  const file = path.join(tempDir(), 'evidence.car');
  await writeCar(file, dag);
  return file;
}

/** A CAR of any folder: what somebody else may call a pack. */
export async function carOf(files: Readonly<Record<string, string>>): Promise<string> {
  const list: DagFile[] = Object.entries(files).map(([at, text]) => ({ path: at, source: encodeUtf8(text) }));
  const file = path.join(tempDir(), 'evidence.car');
  await writeCar(file, await filesDag(list));
  return file;
}

/** What is in a pack, each file whole, by its path. */
export async function contents(file: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const take = async (at: string, bytes: AsyncIterable<Uint8Array>): Promise<undefined> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    found[at] = Buffer.concat(pieces).toString();
  };
  const { files } = await openPack(file, { take });
  for (const { path: at, bytes } of files) if (bytes !== undefined) found[at] = Buffer.from(bytes).toString();
  return Object.fromEntries(files.map(({ path: at }) => [at, found[at] ?? '']));
}

/** What opening a pack fails with; anything but a StemmaError fails the test. */
export async function refusal(file: string): Promise<StemmaError> {
  try {
    await openPack(file);
  } catch (error) {
    if (isStemmaError(error)) return error;
    throw error;
  }
  return expect.fail('expected the pack to be refused');
}

export function changed(file: string, change: (bytes: Buffer) => Buffer): string {
  const to = path.join(tempDir(), path.basename(file));
  writeFileSync(to, change(readFileSync(file)));
  return to;
}
