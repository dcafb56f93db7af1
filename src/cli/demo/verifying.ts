import { open } from 'node:fs/promises';
import path from 'node:path';
import { VERIFY_DEFAULTS } from '../../core/defaults.ts';
import type { PublicKey } from '../../core/keys/index.ts';
import { type Report, type VerifyOptions, verifyModel } from '../../core/verify/index.ts';
import { EXIT, exitCodeOfReport } from '../exit-codes.ts';
import type { DemoKeys } from './attesting.ts';
import type { Scene } from './scene.ts';
import { brokenPromises, type DemoStep, type Promised } from './step.ts';
import { copy } from './workspace.ts';

/** One bit of this byte is changed; in the fixture it belongs to this tensor. */
const TAMPERED = { file: 'model.safetensors', byte: 20_000, tensor: 'layers.1.weight' } as const;

export async function verifyGenuine(scene: Scene, { trainer }: DemoKeys): Promise<DemoStep> {
  const log = path.join(scene.folder, 'logs', 'finetuned.jsonl');
  const report = await verify(scene, 'finetuned', trainer.publicKey, { label: 'trainer.pub', logs: [log] });
  return {
    id: 'verify',
    title: "An auditor verifies the fine-tune and its log with the trainer's public key, offline.",
    commands: ['stemma verify finetuned --key trainer.pub --log logs/finetuned.jsonl'],
    ...outcome(report, [
      ['it is verified', exitCodeOfReport(report) === EXIT.done],
      ['the log is the attested one', hasPassed(report, 'content.log')],
    ]),
  };
}

export async function verifyFast(scene: Scene, { trainer }: DemoKeys): Promise<DemoStep> {
  const report = await verify(scene, 'finetuned', trainer.publicKey, { label: 'trainer.pub', mode: 'fast' });
  return {
    id: 'verify-fast',
    title: 'The same by the segment tree: still every byte, several times faster on a large model.',
    commands: ['stemma verify finetuned --key trainer.pub --fast'],
    ...outcome(report, [['it is verified', exitCodeOfReport(report) === EXIT.done]]),
  };
}

export async function verifyTampered(scene: Scene, { trainer }: DemoKeys): Promise<DemoStep> {
  const { file, byte, tensor } = TAMPERED;
  await copy(path.join(scene.folder, 'finetuned'), path.join(scene.folder, 'tampered'));
  await flipBit(path.join(scene.folder, 'tampered', file), byte);
  const report = await verify(scene, 'tampered', trainer.publicKey, { label: 'trainer.pub' });
  const [change] = report.changes;
  return {
    id: 'tamper',
    title: `Somebody copies the fine-tune and changes one bit, in byte ${byte} of ${file}. It is refused.`,
    commands: ['stemma verify tampered --key trainer.pub'],
    ...outcome(report, [
      ['it is refused', exitCodeOfReport(report) === EXIT.negative],
      [`${file} is named, and no other file`, report.changes.length === 1 && change?.path === file],
      [`tensor ${tensor} is named, and no other tensor`, change?.tensors?.join() === tensor],
    ]),
  };
}

export async function verifyStranger(scene: Scene, { trainer, stranger }: DemoKeys): Promise<DemoStep> {
  const report = await verify(scene, 'finetuned', stranger, { label: 'stranger.pub' });
  const { hint } = trainer.publicKey;
  return {
    id: 'wrong-key',
    title:
      'The auditor trusts the stranger instead. Nothing speaks for the model, and the key that signed is named by its hint.',
    commands: ['stemma verify finetuned --key stranger.pub'],
    ...outcome(report, [
      ['it is not verified', exitCodeOfReport(report) === EXIT.incomplete],
      ['the key that signed is named', report.checks.some(({ message }) => message.includes(hint))],
    ]),
  };
}

type Asked = Partial<Pick<VerifyOptions, 'mode' | 'logs'>> & { readonly label: string };

function verify(scene: Scene, model: string, key: PublicKey, { label, mode, logs }: Asked): Promise<Report> {
  return verifyModel({
    ...VERIFY_DEFAULTS,
    ...scene.work,
    model: path.join(scene.folder, model),
    trust: [{ kind: 'key', label, key }],
    mode: mode ?? 'verify',
    logs: logs ?? [],
    at: scene.at,
    version: scene.version,
  });
}

function outcome(report: Report, promises: Promised): Pick<DemoStep, 'exitCode' | 'found' | 'broken'> {
  const changes = report.changes.map(
    ({ path: file, change, tensors = [] }) =>
      `${file} ${change}${tensors.length === 0 ? '' : `, tensor ${tensors.join(', ')}`}`,
  );
  return { exitCode: exitCodeOfReport(report), found: [...changes, report.verdict], broken: brokenPromises(promises) };
}

function hasPassed(report: Report, id: string): boolean {
  return report.checks.some((check) => check.id === id && check.outcome === 'pass');
}

async function flipBit(file: string, position: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, position);
  } finally {
    await handle.close();
  }
}
