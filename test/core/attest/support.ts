import { cpSync, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AttestOptions, type AttestResult, attestModel, signModel } from '../../../src/core/attest/index.ts';
import {
  type Bundle,
  type Provenance,
  parseBundle,
  parseProvenance,
  parseStatement,
  type Statement,
} from '../../../src/core/attestation/index.ts';
import { loadSigner, type Signer } from '../../../src/core/keys/index.ts';
import { modelOf, tensorsNamed } from '../model/support.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
export const DIGITS = path.join(ROOT, 'fixtures/digits');
export const KEYS = path.join(ROOT, 'fixtures/keys');

export function signerOf(name: string): Promise<Signer> {
  return loadSigner(readFileSync(path.join(KEYS, `${name}.key`)), undefined);
}

export const trainer = await signerOf('p256');
export const auditor = await signerOf('p384');

export type Overrides = Partial<AttestOptions>;

/** What `stemma attest MODEL` does without further flags, outside any repository and CI system. */
export function attest(model: string, overrides: Overrides = {}): Promise<AttestResult> {
  return attestModel({
    model,
    signer: trainer,
    bases: [],
    datasets: [],
    logs: [],
    parameters: {},
    configs: [],
    environments: [],
    source: undefined,
    env: {},
    ignore: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
    copyParentEvidence: true,
    modelSig: true,
    manifest: true,
    force: false,
    ...overrides,
  });
}

export type SignOverrides = Partial<Parameters<typeof signModel>[0]>;

export function sign(model: string, overrides: SignOverrides = {}): ReturnType<typeof signModel> {
  return signModel({
    model,
    signer: trainer,
    certificates: [],
    ignore: [],
    allowSymlinks: false,
    force: false,
    ...overrides,
  });
}

/** A small model in a fresh folder. */
export function smallModel(...names: readonly string[]): string {
  return modelOf({ 'model.safetensors': tensorsNamed(...(names.length === 0 ? ['w'] : names)), 'config.json': '{}' });
}

/** A copy of a folder of fixtures/digits beside other copies. */
export function digits(into: string, name: string): string {
  const to = path.join(into, name);
  cpSync(path.join(DIGITS, name), to, { recursive: true });
  return to;
}

/** Every regular file below a folder with its bytes, by relative path. */
export function snapshot(dir: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const file = path.join(dir, entry);
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === true) out[entry] = readFileSync(file, 'latin1');
  }
  return out;
}

export const SIDE_FILES = ['model.attestations.jsonl', 'model.manifest.jsonl', 'model.sig'];

export function linesOf(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

export interface Attested {
  readonly line: string;
  readonly bundle: Bundle;
  readonly statement: Statement;
  readonly hint: string | undefined;
}

export function readBundle(line: string): Attested {
  const bundle = parseBundle(line, 'a line');
  const hint = bundle.material.kind === 'publicKey' ? bundle.material.hint : undefined;
  return { line, bundle, statement: parseStatement(bundle.envelope), hint };
}

/** The statements of an attestations file, or of the one in a folder. */
export function statementsOf(at: string): Attested[] {
  return linesOf(at.endsWith('.jsonl') ? at : path.join(at, 'model.attestations.jsonl')).map(readBundle);
}

/** The first provenance that a key signed: the own one, since those of ancestors come after it. */
export function provenanceOf(at: string, signer: Signer = trainer): Provenance {
  const found = statementsOf(at).find(
    ({ statement, hint }) =>
      statement.predicateType === 'https://slsa.dev/provenance/v1' && hint === signer.publicKey.hint,
  );
  if (found === undefined) throw new Error('no provenance there');
  return parseProvenance(found.statement);
}

/** Predicate types by their last two words, in the order of the lines. */
export function kindsOf(at: string): string[] {
  return statementsOf(at).map(({ statement }) => statement.predicateType.split('/').slice(-2).join('/'));
}

/** Collects warnings: pass `onWarning`, read `said`. */
export function listen(): { readonly said: string[]; readonly onWarning: (message: string) => void } {
  const said: string[] = [];
  return { said, onWarning: (message) => said.push(message) };
}
