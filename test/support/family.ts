import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { runStemma } from './cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');

/** Who signs in the family: one key each. */
export const ACTORS = ['data-owner', 'publisher', 'trainer-one', 'trainer-two', 'release', 'qa', 'auditor'] as const;
export type Actor = (typeof ACTORS)[number];

const DATASETS = ['data', 'data-rotated'] as const;
const MODELS = [
  'base',
  'finetuned',
  'finetuned-upright',
  'merged',
  'merged-slerp',
  'merged-gguf',
  'fp16',
  'resharded',
  'adapter',
  'adapter-merged',
] as const;
export type Member = (typeof DATASETS)[number] | (typeof MODELS)[number];

/** The lineage of fixtures/digits, every member attested by its own signer through the command line. */
export interface Family {
  readonly dir: string;
  /** The folder of a member; its evidence lies in it, as `model.*` or beside, as `attest` puts it. */
  member(name: Member): string;
  /** Private key file of an actor. */
  key(actor: Actor): string;
  /** Public key file of an actor. */
  pub(actor: Actor): string;
  /** Runs the command in the family's folder and returns its standard output; throws unless it exits with 0. */
  stemma(...args: readonly string[]): Promise<string>;
}

/** The folder with unsigned copies of every member and a key pair of each actor: the start of `makeFamily`. */
export async function gatherFamily(dir: string): Promise<Family> {
  mkdirSync(path.join(dir, 'keys'), { recursive: true });
  for (const name of [...DATASETS, ...MODELS])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  for (const name of ['logs', 'predictions'])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  const family: Family = {
    dir,
    member: (name) => path.join(dir, name),
    key: (actor) => path.join(dir, 'keys', `${actor}.key`),
    pub: (actor) => path.join(dir, 'keys', `${actor}.pub`),
    async stemma(...args) {
      const { exitCode, stdout, stderr } = await runStemma(args, { cwd: dir });
      if (exitCode !== 0) throw new Error(`stemma ${args.join(' ')}: exit ${exitCode}\n${stderr}${stdout}`);
      return stdout;
    },
  };
  for (const actor of ACTORS) await family.stemma('key', 'generate', `keys/${actor}`, '--no-passphrase');
  return family;
}

/**
 * Attests the whole family, oldest first, so that each member carries the evidence of its ancestors: two datasets by their
 * owner, a base by its publisher, a fine-tune by each of two trainers, merges and exports by the release team; the released
 * GGUF was evaluated by QA from predictions and by an auditor.
 *
 * @param dir an existing folder of the caller, who removes it
 */
export async function makeFamily(dir: string): Promise<Family> {
  const family = await gatherFamily(dir);
  const attest = (actor: Actor, name: Member, ...args: readonly string[]): Promise<string> =>
    family.stemma('attest', name, '--key', family.key(actor), '--no-source', ...args);
  const owner = ['--key', family.key('data-owner'), '--license', 'CC-BY-4.0'];
  await family.stemma('dataset', 'attest', 'data', ...owner, '--source', 'https://doi.org/10.24432/C50P49');
  await family.stemma('dataset', 'attest', 'data-rotated', ...owner, '--derived-from', 'data');
  await attest('publisher', 'base', '--dataset', 'data', '--log', 'logs/base.jsonl');
  const tuned = ['--base', 'finetuned-from=base', '--log'];
  await attest('trainer-one', 'finetuned', ...tuned, 'logs/finetuned.jsonl', '--dataset', 'data-rotated');
  await attest('trainer-two', 'finetuned-upright', ...tuned, 'logs/finetuned-upright.jsonl', '--dataset', 'data');
  await attest('trainer-one', 'adapter', '--base', 'adapter-of=base', '--dataset', 'data-rotated');
  const parents = ['--base', 'merged-from=finetuned', '--base', 'merged-from=finetuned-upright'];
  await attest('release', 'merged', ...parents, '--param', 'merge_method=linear', '--param', 'weights=0.6,0.4');
  await attest('release', 'merged-slerp', ...parents, '--param', 'merge_method=slerp', '--param', 't=0.4');
  await attest('release', 'adapter-merged', '--base', 'merged-from=base', '--base', 'merged-from=adapter');
  await attest('release', 'merged-gguf', '--base', 'quantized-from=merged');
  await attest('release', 'fp16', '--base', 'converted-from=finetuned');
  await attest('release', 'resharded', '--base', 'converted-from=finetuned');
  await evaluate(family);
  return family;
}

async function evaluate(family: Family): Promise<void> {
  const predictions = ['--predictions', 'predictions/merged-gguf.jsonl', '--label', 'y', '--pred', 'y_hat'];
  const metrics = ['--metric', 'accuracy,f1', '--slice', 'ink', '--dataset', 'data-rotated'];
  await family.stemma('evaluate', 'merged-gguf', '--key', family.key('qa'), ...predictions, ...metrics);
  const stated = ['--metric', 'accuracy=0.725', '--dataset', 'data-rotated'];
  await family.stemma('evaluate', 'merged-gguf', '--key', family.key('auditor'), ...stated);
}
