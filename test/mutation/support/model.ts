import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VERIFY_DEFAULTS } from '../../../src/core/defaults.ts';
import { readPublicKey } from '../../../src/core/keys/index.ts';
import { type Report, type VerifyOptions, verifyModel } from '../../../src/core/verify/index.ts';
import { TRAINER } from '../../attacks/support/keys.ts';
import { attest } from '../../attacks/support/scene.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');
const NOW = new Date('2026-11-23T12:00:00Z');

/** The fine-tuned digits model with all its evidence: the ground from which every mutation starts. */
export class MutableModel {
  readonly dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-mutation-')));
  readonly model = path.join(this.dir, 'model');
  readonly key: Uint8Array = readFileSync(TRAINER);

  async attest(): Promise<void> {
    cpSync(path.join(DIGITS, 'finetuned'), this.model, { recursive: true });
    await attest(this.model, {
      logs: [path.join(DIGITS, 'logs/finetuned.jsonl')],
      parameters: { lr: '0.01' },
      base: path.join(DIGITS, 'base'),
    });
  }

  read(name: string): Uint8Array {
    return Uint8Array.from(readFileSync(path.join(this.model, name)));
  }

  write(name: string, content: Uint8Array | string): void {
    writeFileSync(path.join(this.model, name), content);
  }

  remove(...names: readonly string[]): void {
    for (const name of names) rmSync(path.join(this.model, name));
  }

  end(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Verifies in this process with the trainer's key, or with the bytes of another key file; throws what its reader throws. */
  async verify(options: Partial<VerifyOptions> = {}, key = this.key): Promise<Report> {
    return verifyModel({
      ...VERIFY_DEFAULTS,
      model: this.model,
      trust: [{ kind: 'key', label: 'trainer.pub', key: readPublicKey(key).key }],
      at: NOW,
      version: '0',
      ...options,
    });
  }
}
