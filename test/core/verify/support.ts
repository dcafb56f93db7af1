import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { VERIFY_DEFAULTS } from '../../../src/core/defaults.ts';
import { loadSigner, parseCertificates, parsePublicKey, type Signer } from '../../../src/core/keys/index.ts';
import {
  type Check,
  exitCodeOf,
  type Report,
  type TrustEntry,
  type VerifyOptions,
  verifyModel,
} from '../../../src/core/verify/index.ts';

export const KEYS = path.resolve(import.meta.dirname, '../../../fixtures/keys');
export const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');

/** Inside the validity of every certificate in fixtures/keys but the expired ones. */
export const NOW = new Date('2026-10-01T00:00:00Z');

export type KeyName = 'p256' | 'p384' | 'p521' | 'ed25519' | 'secp256k1' | 'leaf';

export const readKey = (file: string): Buffer => readFileSync(path.join(KEYS, file));
export const signerOf = (name: KeyName): Promise<Signer> => loadSigner(readKey(`${name}.key`), undefined);

/** A trust root entry for a key, or for the anchors in the named certificate files. */
export const trustKey = (name: Exclude<KeyName, 'leaf'>, label = `${name}.pub`): TrustEntry => ({
  kind: 'key',
  label,
  key: parsePublicKey(readKey(`${name}.pub`)),
});
export const der = (...files: readonly string[]): Uint8Array[] =>
  files.flatMap((file) => parseCertificates(readKey(file)));
export const trustAnchors = (...files: readonly string[]): TrustEntry => ({
  kind: 'anchors',
  label: 'the given certificates',
  anchors: der(...files),
});

/** A folder that goes away with the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-verify-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Contents = Readonly<Record<string, string | Uint8Array>>;

/** Writes files below `folder`, which is made, and gives the folder back. */
export function writeFiles(folder: string, contents: Contents): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(contents)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  return folder;
}

/** A new folder `model` with these files. */
export const writeModel = (contents: Contents, name = 'model'): string =>
  writeFiles(path.join(tempFolder(), name), contents);

/** A safetensors file with one F32 tensor per name, each of `values` numbers. */
export function safetensors(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const data_offsets = [offset, (offset += 4 * values.length)];
      return [name, { dtype: 'F32', shape: [values.length], data_offsets }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, new Uint8Array(Float32Array.from(Object.values(tensors).flat()).buffer)]);
}

export type Overrides = Partial<VerifyOptions>;

/** What `verify MODEL --key p256.pub` asks, unless told otherwise. */
export const verifyOptions = (model: string, overrides: Overrides = {}): VerifyOptions => ({
  ...VERIFY_DEFAULTS,
  model,
  trust: [trustKey('p256')],
  at: NOW,
  version: '0.0.0-test',
  ...overrides,
});

export const verify = (model: string, overrides: Overrides = {}): Promise<Report> =>
  verifyModel(verifyOptions(model, overrides));

export const exitCode = async (model: string, overrides: Overrides = {}): Promise<number> =>
  exitCodeOf(await verify(model, overrides));

/** `ID outcome` of every required check, in the order of the report. */
export const requiredChecks = ({ checks }: Report): string[] =>
  checks.filter(({ required }) => required).map(({ id, outcome }) => `${id} ${outcome}`);

export const checksOf = ({ checks }: Report, id: string): Check[] => checks.filter((check) => check.id === id);

/** The one check of this id; a report with none or several fails the test. */
export function checkOf(report: Report, id: string): Check {
  const [check, ...more] = checksOf(report, id);
  if (check === undefined || more.length > 0)
    throw new Error(`expected one ${id}, found ${report.checks.map((each) => each.id).join()}`);
  return check;
}
