import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { MAKE_OUT, Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

const sh = (text: string): readonly string[] => ['sh', '-c', text];

/** Every file of a folder with its bytes. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(shop.at(folder), { recursive: true, encoding: 'utf8', withFileTypes: true });
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [`${parentPath}/${name}`, readFileSync(`${parentPath}/${name}`, 'latin1')]),
  );
}

describe('an output that the command makes a link of', () => {
  it.each([
    ['to the base model', '--base finetuned-from=base --output out', 'ln -s base out', 4],
    ['to the base model, with --force', '--base finetuned-from=base --output out --force', 'ln -s base out', 4],
    [
      'to the base model, links allowed',
      '--base finetuned-from=base --output out --allow-symlinks',
      'ln -s base out',
      4,
    ],
    ['to a folder that nobody named', '--output out', 'ln -s base out', 4],
    ['to nothing', '--output out', 'ln -s gone out', 4],
    ['by a link above it', '--base finetuned-from=base --output a/weights', 'mkdir x; ln -s base a', 4],
    ['and has the base model lead to it', '--base finetuned-from=base --output out', 'mv base out; ln -s out base', 4],
  ])('%s: nothing is attested, nothing written there', async (_, flags, command, exitCode) => {
    const before = Object.values(contentOf('base'));
    const ran = await shop.run(`--no-source ${flags}`, sh(command));
    expect([ran.exitCode, ran.stderr.includes('the output "')]).toEqual([exitCode, true]);
    expect([shop.evidence(), Object.values(contentOf('base'))]).toEqual([[], before]);
  });

  it('to another output, links allowed: neither is attested', async () => {
    const ran = await shop.run('--output out --output two --allow-symlinks', sh(`${MAKE_OUT}; ln -s out two`));
    expect([ran.exitCode, shop.evidence()]).toEqual([4, []]);
  });

  it('to a folder of its own, links allowed: that is attested', async () => {
    const command = sh('mkdir run-7; echo {} > run-7/config.json; ln -s run-7 out');
    const ran = await shop.run('--no-source --output out --allow-symlinks', command);
    expect([ran.exitCode, shop.evidence('run-7').includes('model.sig')]).toEqual([0, true]);
  });
});

describe('an output that is a link is refused before anything runs', () => {
  const refused = async (flags: string, exitCode: number): Promise<void> => {
    const ran = await shop.run(flags, ['touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x')), shop.evidence()]).toEqual([exitCode, false, []]);
  };

  it.each<[string, string, number]>([
    ['base', '--output out', 4],
    ['base', '--output out --base finetuned-from=base --mutable base', 4],
    ['base', '--output out --base finetuned-from=base --allow-symlinks', 2],
    ['base', '--output out/sub --base finetuned-from=base', 2],
    ['made', '--output made --output out', 4],
    ['made', '--output made --output out --allow-symlinks', 2],
    ['gone', '--output gone --output out --allow-symlinks', 2],
    ['out', '--output out', 4],
  ])('to %s: %s', async (target, flags, exitCode) => {
    mkdirSync(shop.at('made'));
    symlinkSync(target, shop.at('out'));
    await refused(flags, exitCode);
  });

  it('and an output in an input that is named by a link', async () => {
    symlinkSync('data', shop.at('link'));
    await refused('--output data/out --dataset link', 2);
  });

  it('but one in a folder that was reached by a link all along is none', async () => {
    mkdirSync(shop.at('disk'));
    symlinkSync('disk', shop.at('runs'));
    writeFileSync(shop.at('disk/old'), 'x');
    const ran = await shop.run('--no-source --output runs/out', sh('mkdir runs/out; echo {} > runs/out/config.json'));
    expect([ran.exitCode, existsSync(shop.at('disk/out/model.sig'))]).toEqual([0, true]);
  });
});
