import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { signedLine } from '../../../src/core/attest/signed-line.ts';
import { type BaseRelation, buildProvenanceStatement } from '../../../src/core/attestation/index.ts';
import type { DigestSet } from '../../../src/core/digest/index.ts';
import { addToStore } from '../../../src/core/store/index.ts';
import { signerOf, tempFolder } from '../verify/support.ts';

const signer = await signerOf('ed25519');

/** The digest set of a model of this name that nobody has: a file tree and the digest of a list. */
export const setOf = (name: string): DigestSet => ({
  sha256: createHash('sha256').update(name).digest('hex'),
  stemmaFileTreeV1: createHash('sha256').update(`tree of ${name}`).digest('hex'),
});

/** A provenance, really signed, on one line: `name` was made from these by this relation. */
export function provenanceLine(
  name: string,
  parents: readonly (string | DigestSet)[],
  relation: BaseRelation = 'finetuned-from',
): Promise<string> {
  const payload = buildProvenanceStatement({
    name,
    digest: setOf(name),
    ignored: [],
    opaque: [],
    parameters: {},
    config: [],
    links: parents.map((parent) => ({
      relation,
      role: 'base-model',
      name: undefined,
      uri: undefined,
      share: undefined,
      digest: typeof parent === 'string' ? setOf(parent) : parent,
      evidence: 'declared',
      ignored: [],
      opaque: [],
    })),
    sources: [],
    environment: [],
    logs: [],
    builder: { id: 'https://example.org/builder' },
  });
  return signedLine(payload, signer);
}

/** A store in a fresh folder with these lines. */
export async function storeOf(...lines: readonly string[]): Promise<string> {
  const store = path.join(tempFolder(), 'store');
  await addLines(store, ...lines);
  return store;
}

export function addLines(store: string, ...lines: readonly string[]): ReturnType<typeof addToStore> {
  return addToStore({ store, paths: [fileOf(...lines)] });
}

/** A JSON Lines file in a fresh folder. */
export function fileOf(...lines: readonly string[]): string {
  const file = path.join(tempFolder(), 'statements.jsonl');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

/** Puts lines into a store as a copy of its files would, without waiting for the disk. */
export function plantLines(store: string, lines: readonly string[]): void {
  for (const line of lines) {
    const name = createHash('sha256').update(line).digest('hex');
    const folder = path.join(store, 'bundles', name.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${name}.json`), line);
  }
}

/** The objects of a store, by path. */
export const objectsOf = (store: string, kind = 'bundles'): string[] =>
  globSync(`${kind}/*/*`, { cwd: store })
    .toSorted()
    .map((file) => path.join(store, file));

/** The object that holds what contains this text in its payload. */
export function objectAbout(store: string, name: string): string {
  const found = objectsOf(store).find((file) => {
    const { dsseEnvelope } = JSON.parse(readFileSync(file, 'utf8')) as { dsseEnvelope: { payload: string } };
    return Buffer.from(dsseEnvelope.payload, 'base64').toString().includes(`"name":"${name}"`);
  });
  if (found === undefined) throw new Error(`no object about ${name}`);
  return found;
}
