import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AttestOptions, attestModel, parseBaseReference, signModel } from '../../../src/core/attest/index.ts';
import { parseCertificates } from '../../../src/core/keys/index.ts';
import { keyFile, signerOf, trainer } from './keys.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');

/** The order in which `attest` writes the lines of a model without parents. */
export const MODEL_LINE = 0;
export const PROVENANCE_LINE = 1;

export const SIDE_FILES = ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'] as const;

/** Attests as `stemma attest` without a source does. */
export async function attest(model: string, options: Partial<AttestOptions> & { readonly base?: string } = {}) {
  const { base, ...rest } = options;
  return attestModel({
    model,
    signer: trainer,
    ignore: [],
    allowSymlinks: false,
    force: false,
    opaque: [],
    segmentHash: 'blake3',
    bases: base === undefined ? [] : [parseBaseReference(base)],
    datasets: [],
    environments: [],
    configs: [],
    logs: [],
    parameters: {},
    source: undefined,
    env: {},
    copyParentEvidence: true,
    modelSig: true,
    manifest: true,
    ...rest,
  });
}

export async function signOms(
  model: string,
  options: { readonly signer?: string; readonly ignore?: string[]; readonly chain?: readonly string[] } = {},
) {
  const signer = options.signer === undefined ? trainer : await signerOf(options.signer);
  return signModel({
    model,
    signer,
    ignore: options.ignore ?? [],
    allowSymlinks: false,
    force: true,
    certificates: (options.chain ?? []).flatMap((name) => parseCertificates(readFileSync(keyFile(name)))),
  });
}

/** A folder of its own for one case: a copy of the attested fine-tune, to be spoilt. */
export class Scene {
  readonly dir: string;
  readonly model: string;

  constructor(prepared: string) {
    this.dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-attack-')));
    this.model = path.join(this.dir, 'model');
    cpSync(prepared, this.model, { recursive: true });
  }

  in(name: string): string {
    return path.join(this.model, name);
  }

  read(name: string): Buffer {
    return readFileSync(this.in(name));
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(this.in(name)), { recursive: true });
    writeFileSync(this.in(name), content);
  }

  link(target: string, name: string): void {
    symlinkSync(target, this.in(name));
  }

  remove(...names: string[]): void {
    for (const name of names) rmSync(this.in(name), { recursive: true });
  }

  /** Lines of `model.attestations.jsonl`. */
  get lines(): string[] {
    return this.read('model.attestations.jsonl').toString('utf8').trimEnd().split('\n');
  }

  line(index: number): string {
    const line = this.lines[index];
    if (line === undefined) throw new Error(`there is no line ${index}`);
    return line;
  }

  set lines(lines: readonly string[]) {
    this.write('model.attestations.jsonl', `${lines.join('\n')}\n`);
  }

  /** Leaves these lines as all the evidence there is, beside the manifest. */
  onlyLines(...lines: string[]): void {
    this.remove('model.sig');
    this.lines = lines;
  }

  /** Leaves this `model.sig` as all the evidence there is. */
  onlySignature(bundle: string | Uint8Array): void {
    this.remove('model.attestations.jsonl', 'model.manifest.jsonl');
    this.write('model.sig', bundle);
  }

  /** Attests the model as it lies there now, with no older evidence beside. */
  async attestAnew(options: Parameters<typeof attest>[1] = {}): Promise<void> {
    for (const name of SIDE_FILES) rmSync(this.in(name), { force: true });
    await attest(this.model, options);
  }

  /** A file beside the model. */
  beside(name: string, content: string | Uint8Array): string {
    const location = path.join(this.dir, name);
    mkdirSync(path.dirname(location), { recursive: true });
    writeFileSync(location, content);
    return location;
  }

  /** Another model of the digits lineage, copied without evidence. */
  other(fixture: string, name: string): string {
    const location = path.join(this.dir, name);
    cpSync(path.join(DIGITS, fixture), location, { recursive: true });
    return location;
  }

  end(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Attests the fine-tune once; every case gets a copy. */
export async function prepare(): Promise<string> {
  const dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-attacks-')));
  const model = path.join(dir, 'model');
  cpSync(path.join(DIGITS, 'finetuned'), model, { recursive: true });
  await attest(model);
  return model;
}
