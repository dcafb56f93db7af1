import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AttestResult, attestModel, type BaseReference } from '../../core/attest/index.ts';
import { ATTEST_DEFAULTS } from '../../core/defaults.ts';
import { generateKey, loadSigner, type PublicKey, type Signer } from '../../core/keys/index.ts';
import { EXIT } from '../exit-codes.ts';
import { count } from '../render/text.ts';
import type { Scene } from './scene.ts';
import { brokenPromises, type DemoStep, type Promised } from './step.ts';

export interface DemoKeys {
  readonly trainer: Signer;
  readonly stranger: PublicKey;
}

/** Both keys are left unencrypted: they live as long as the folder. */
export async function makeKeys({ folder }: Scene): Promise<{ readonly step: DemoStep; readonly keys: DemoKeys }> {
  const [trainer, stranger] = [await generateKey('ecdsa-p256', undefined), await generateKey('ecdsa-p256', undefined)];
  for (const [name, pair] of Object.entries({ trainer, stranger })) {
    await writeFile(path.join(folder, `${name}.key`), pair.privatePem, { mode: 0o600, flag: 'wx' });
    await writeFile(path.join(folder, `${name}.pub`), pair.publicPem, { flag: 'wx' });
  }
  const signer = await loadSigner(new TextEncoder().encode(trainer.privatePem), undefined);
  const step: DemoStep = {
    id: 'keys',
    title: 'A trainer makes a key pair. A stranger makes one, too.',
    commands: ['stemma key generate trainer --no-passphrase', 'stemma key generate stranger --no-passphrase'],
    exitCode: EXIT.done,
    found: Object.entries({ trainer, stranger }).map(
      ([name, { publicKey }]) => `${name}.pub has the hint ${publicKey.hint}`,
    ),
    broken: brokenPromises([['the two keys differ', trainer.publicKey.fingerprint !== stranger.publicKey.fingerprint]]),
  };
  return { step, keys: { trainer: signer, stranger: stranger.publicKey } };
}

export async function attestBase(scene: Scene, { trainer }: DemoKeys): Promise<DemoStep> {
  const result = await attest(scene, trainer, { model: 'base', dataset: 'data', lr: '0.05' });
  return {
    id: 'attest-base',
    title: 'The trainer attests the base model with its dataset and the log of its training.',
    commands: ['stemma attest base --key trainer.key --dataset data --log logs/base.jsonl --param lr=0.05 --no-source'],
    exitCode: EXIT.done,
    found: whatWasAttested(result),
    broken: brokenPromises([...attestPromises(result), ['the dataset is linked', hasLink(result, 'trained-on')]]),
  };
}

export async function attestFinetuned(scene: Scene, { trainer }: DemoKeys): Promise<DemoStep> {
  const base: BaseReference = {
    relation: 'finetuned-from',
    relationGiven: true,
    reference: { kind: 'path', path: path.join(scene.folder, 'base') },
  };
  const result = await attest(scene, trainer, { model: 'finetuned', dataset: 'data-rotated', lr: '0.03', base });
  return {
    id: 'attest-finetuned',
    title: "The trainer attests the fine-tune, with the base as its parent; the base's attestations travel along.",
    commands: [
      'stemma attest finetuned --key trainer.key --base finetuned-from=base --dataset data-rotated --log logs/finetuned.jsonl --param lr=0.03 --no-source',
    ],
    exitCode: EXIT.done,
    found: whatWasAttested(result),
    broken: brokenPromises([
      ...attestPromises(result),
      ['the base is linked', hasLink(result, 'finetuned-from')],
      ["the base's attestations are copied", result.copiedEvidence > 0],
    ]),
  };
}

interface Subject {
  readonly model: 'base' | 'finetuned';
  readonly dataset: string;
  readonly lr: string;
  readonly base?: BaseReference;
}

function attest({ folder, work }: Scene, signer: Signer, subject: Subject): Promise<AttestResult> {
  const { model, dataset, lr, base } = subject;
  return attestModel({
    // Whoever runs the demonstration did not train this model: by default no CI job and no commit is named.
    ...ATTEST_DEFAULTS,
    ...work,
    signer,
    model: path.join(folder, model),
    bases: base === undefined ? [] : [base],
    datasets: [{ kind: 'path', path: path.join(folder, dataset) }],
    logs: [path.join(folder, 'logs', `${model}.jsonl`)],
    parameters: { lr },
  });
}

function whatWasAttested({ files, logs, links, written }: AttestResult): string[] {
  return [
    `${count(files, 'file')}, ${links.map(({ relation, name }) => `${relation} ${name ?? 'a digest set'}`).join(', ')}`,
    ...logs.map(({ name, records }) => `log ${name}: ${count(records, 'record')}`),
    `wrote ${written.join(', ')}`,
  ];
}

function attestPromises({ written, logs }: AttestResult): Promised {
  const expected = ['model.attestations.jsonl', 'model.manifest.jsonl', 'model.sig'];
  return [
    [`${expected.join(', ')} are written`, written.toSorted().join() === expected.join()],
    ['the log is committed to', logs.length === 1 && (logs[0]?.records ?? 0) > 0],
  ];
}

function hasLink({ links }: AttestResult, relation: string): boolean {
  return links.some((link) => link.relation === relation);
}
