import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../model/support.ts';
import { attest, digits, type Overrides } from './support.ts';

let dir: string;
let model: string;
let warnings: string[];

beforeEach(() => {
  dir = tempDir();
  warnings = [];
  for (const name of ['base', 'data-rotated']) digits(dir, name);
  model = digits(dir, 'finetuned');
  rmSync(path.join(model, 'README.md'));
  lock(['base', 'data-rotated', 'train.py', 'config.yaml']);
});

const pathTo = (name: string) => ({ kind: 'path', path: path.join(dir, name) }) as const;
const fromCard = (overrides: Overrides = {}): ReturnType<typeof attest> =>
  attest(model, { fromCard: true, onWarning: (message) => warnings.push(message), ...overrides });

function lock(inputs: readonly string[], size = readFileSync(path.join(model, 'model.safetensors')).length): void {
  const lines = ["schema: '2.0'", 'stages:', '  train:', '    cmd: python train.py', '    deps:'];
  for (const input of inputs) lines.push(`    - path: ${input}`);
  lines.push('    params:', '      params.yaml:', '        lr: 0.01', '        seed: 7');
  lines.push('    outs:', '    - path: finetuned/model.safetensors', `      size: ${size}`, '');
  writeFileSync(path.join(dir, 'dvc.lock'), lines.join('\n'));
}

describe('attest --from-card with a dvc.lock', () => {
  it('signs no link and no parameter for what it claims, and says which flags would', async () => {
    const { links } = await fromCard();

    expect(links).toEqual([]);
    expect(warnings).toEqual([
      '../dvc.lock says that the model was made of "base", "data-rotated", "config.yaml", and has no digest that a link may have: add --dataset REF or --base REF for what is data or a model',
      '../dvc.lock has parameters that are not recorded; those that may be public: --param "lr=0.01" --param "seed=7"',
    ]);
  });

  it('has nothing to say where all of it was given', async () => {
    const config = path.join(dir, 'config.yaml');
    writeFileSync(config, 'a: 1\n');
    await fromCard({
      bases: [{ relation: 'finetuned-from', relationGiven: true, reference: pathTo('base') }],
      datasets: [pathTo('data-rotated')],
      configs: [config],
      parameters: { lr: '0.02', seed: '7' },
    });

    expect(warnings).toEqual([]);
  });

  it('takes nothing of one that is of another version of the model', async () => {
    lock(['base'], 17);

    await fromCard();

    expect(warnings).toEqual([
      expect.stringMatching(
        /^nothing is taken of \.\.\/dvc\.lock, which is of another version of the model: .* 17 bytes/,
      ),
    ]);
  });

  it('is refused where it is no dvc.lock, or has no stage that made the model, before anything is written', async () => {
    writeFileSync(path.join(dir, 'dvc.lock'), 'stages: {}\n');
    await expect(fromCard()).rejects.toMatchObject({ code: 'DVC_LOCK_INVALID' });
    writeFileSync(path.join(dir, 'dvc.lock'), "schema: '2.0'\nstages: {}\n");
    await expect(fromCard()).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(path.join(model, 'model.attestations.jsonl'))).toBe(false);
  });

  it('reads none where it is not asked to', async () => {
    writeFileSync(path.join(dir, 'dvc.lock'), 'stages: {}\n');

    await attest(model, { onWarning: (message) => warnings.push(message) });

    expect(warnings).toEqual([]);
  });
});
