import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { evidenceDag, formatCid } from '../../../src/core/ipfs/index.ts';
import { runStemma } from '../../support/cli.ts';
import { Blocks } from '../ipfs/support/blocks.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');

/** A model whose evidence is all that came with it; that of its base, and of the dataset of that, lies in blocks. */
export interface Bereft {
  readonly dir: string;
  readonly model: string;
  readonly blocks: Blocks;
  /** Text of the CIDs of the evidence of `base` and of `data`. */
  readonly cids: { readonly base: string; readonly data: string };
  /** Everything that `attest` put into the model's side file. */
  readonly whole: string;
}

const ATTESTATIONS = 'model.attestations.jsonl';

/** data ← base ← finetuned, each signed by its own key, and each without the lines that are about its parents. */
export async function makeBereft(): Promise<Bereft> {
  const dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-online-')));
  const must = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await runStemma(args, { cwd: dir });
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  };
  for (const name of ['data', 'base', 'finetuned'])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  for (const who of ['owner', 'publisher', 'trainer', 'stranger'])
    await must('key', 'generate', who, '--no-passphrase', '--quiet');
  await must('dataset', 'attest', 'data', '--key', 'owner.key', '--quiet');
  await must('attest', 'base', '--key', 'publisher.key', '--dataset', 'data', '--no-source', '--quiet');
  keepOwn(path.join(dir, 'base', ATTESTATIONS), 'base');
  await must('attest', 'finetuned', '--key', 'trainer.key', '--base', 'finetuned-from=base', '--no-source', '--quiet');
  const blocks = new Blocks();
  const hold = async (name: string): Promise<string> => {
    const dag = await evidenceDag(path.join(dir, name));
    if (dag === undefined) throw new Error(`${name} has no evidence`);
    for await (const { cid, bytes } of dag.blocks()) blocks.put(cid, bytes);
    return formatCid(dag.root);
  };
  const cids = { base: await hold('base'), data: await hold('data') };
  const whole = readFileSync(path.join(dir, 'finetuned', ATTESTATIONS), 'utf8');
  keepOwn(path.join(dir, 'finetuned', ATTESTATIONS), 'finetuned');
  return { dir, model: path.join(dir, 'finetuned'), blocks, cids, whole };
}

export const removeBereft = ({ dir }: Bereft): void => rmSync(dir, { recursive: true, force: true });

function keepOwn(file: string, name: string): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const own = lines.filter((line) => {
    const { dsseEnvelope } = JSON.parse(line) as { dsseEnvelope: { payload: string } };
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as {
      subject: readonly { name: string }[];
    };
    return statement.subject[0]?.name === name;
  });
  if (own.length === 0 || own.length === lines.length)
    throw new Error(`${own.length} of ${lines.length} lines are of ${name}`);
  writeFileSync(file, `${own.join('\n')}\n`);
}
