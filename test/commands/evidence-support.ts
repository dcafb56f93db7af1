import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Report } from '../../src/core/verify/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const SIDE_FILES = ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'];

export const TRAINER = ['--key', 'trainer.pub'];
export const ALL = [...TRAINER, '--ancestor-key', 'publisher.pub', '--ancestor-key', 'owner.pub'];

/** A model, its base and its dataset, attested by three; packs of them, the bytes alone in `bare`, and keys of readers. */
export class Scene {
  readonly dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-packs-')));

  static async make(): Promise<Scene> {
    const scene = new Scene();
    const { dir } = scene;
    const must = (...args: readonly string[]): Promise<string> => scene.must(...args);
    for (const name of ['data', 'base', 'finetuned'])
      cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
    for (const who of ['owner', 'publisher', 'trainer', 'stranger'])
      await must('key', 'generate', who, '--no-passphrase', '--quiet');
    await must('dataset', 'attest', 'data', '--key', 'owner.key', '--quiet');
    await must('attest', 'base', '--key', 'publisher.key', '--dataset', 'data', '--no-source', '--quiet');
    const parents = ['--base', 'finetuned-from=base', '--dataset', 'data', '--no-parent-evidence'];
    await must('attest', 'finetuned', '--key', 'trainer.key', ...parents, '--no-source', '--quiet');
    await must('store', 'add', 'base', '--store', 'store', '--quiet');
    await must('store', 'add', 'data', '--store', 'store', '--quiet');
    const both = ['--parent', 'base', '--parent', 'data'];
    await must('evidence', 'export', 'finetuned', ...both, '-o', 'evidence.car', '--quiet');
    await must('evidence', 'export', 'finetuned', '-o', 'alone.car', '--quiet');
    for (const name of ['base', 'finetuned', 'data']) scene.#bare(name);
    const key = await generateX25519Identity();
    writeFileSync(path.join(dir, 'auditor.age'), `# created: today\n${key}\n`, { mode: 0o600 });
    writeFileSync(path.join(dir, 'other.age'), `${await generateX25519Identity()}\n`, { mode: 0o600 });
    const reader = ['--encrypt-to', await identityToRecipient(key)];
    await must('evidence', 'export', 'finetuned', '--parent', 'base', ...reader, '-o', 'secret.age', '-q');
    return scene;
  }

  /** As they come from a mirror. */
  #bare(name: string): void {
    mkdirSync(path.join(this.dir, 'bare'), { recursive: true });
    const to = path.join(this.dir, 'bare', name);
    cpSync(path.join(this.dir, name), to, { recursive: true });
    for (const file of SIDE_FILES) rmSync(path.join(to, file), { force: true });
  }

  stemma(...args: readonly string[]): Promise<CliResult> {
    return runStemma(args, { cwd: this.dir });
  }

  async must(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.stemma(...args);
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** With `--json`: the result, which most often is a report, or the error. */
  async report(...args: readonly string[]) {
    const { exitCode, result, error } = onlyDocument((await this.stemma(...args, '--json')).stdout);
    return { exitCode, error, report: result as unknown as Report };
  }

  read(name: string): Buffer {
    return readFileSync(path.join(this.dir, name));
  }

  put(name: string, bytes: Uint8Array): string {
    writeFileSync(path.join(this.dir, name), bytes);
    return name;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
