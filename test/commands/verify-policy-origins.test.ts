import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBaseReference } from '../../src/core/attest/index.ts';
import { tempDir } from '../core/model/support.ts';
import { attest } from '../core/verify/attest-support.ts';
import { readLines, writeLines } from '../core/verify/lineage-support.ts';
import { checksOf } from '../core/verify/support.ts';
import { DATASET, type Draft, PROVENANCE } from '../support/policies.ts';
import { type Decided, decide, descentPolicy, LINES, makeDescent, stemma, strip } from './policy-ancestors-support.ts';
import { requirementOf } from './policy-support.ts';

let prepared: string;

beforeAll(async () => {
  prepared = await makeDescent();
});

afterAll(() => rmSync(prepared, { recursive: true, force: true }));

/** A copy to spoil. */
function copy(): string {
  const dir = tempDir();
  cpSync(prepared, dir, { recursive: true });
  return dir;
}

const REQUIRED = descentPolicy({ origins: {} });
const origins = (report: Decided) => requirementOf(report, 'lineage-origins');

describe('lineage.origins', () => {
  it('is met where every ancestor says what it was made from, be it nothing', async () => {
    const found = await decide(copy(), REQUIRED);

    expect([found.exitCode, origins(found)?.message]).toEqual([0, 'the origins of 3 ancestors are stated']);
    expect(checksOf(found, 'lineage.origin')).toEqual([]);
  });

  it.each([
    ['the parent', PROVENANCE, 'base', 'base "base"', 1],
    ['the parent of the parent', PROVENANCE, 'grand', 'base "grand"', 3],
    ['the dataset', DATASET, 'data', 'dataset "data"', 3],
  ])('is not met where the provenance of %s was taken out', async (_, type, name, label, ancestors) => {
    const dir = copy();
    strip(dir, type, name);
    const found = await decide(dir, REQUIRED);

    expect(found.exitCode).toBe(3);
    expect(origins(found)).toMatchObject({
      outcome: 'missing',
      reason: 'origin',
      message: `origin unstated: nobody says what ${label} was made from`,
    });
    expect(requirementOf(found, 'lineage-parents')?.message).toBe(
      `${ancestors} ancestor${ancestors === 1 ? '' : 's'} verified`,
    );

    // Without the rule the chain is only shorter, and the report says so.
    const shorter = await decide(dir, descentPolicy());
    expect(shorter.exitCode).toBe(0);
    expect(checksOf(shorter, 'lineage.origin')).toEqual([
      expect.objectContaining({ title: `origin of "${name}"`, outcome: 'missing', required: false }),
    ]);
    const keys = ['--key', 'trainer.pub', '--ancestor-key', 'publisher.pub'];
    const { stdout, exitCode } = await stemma(dir, 'verify', 'model', ...keys);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('origin unstated: nobody trusted says what it was made from');
    expect(stdout).toMatch(/links? to ancestors verified; origin unstated of 1 ancestor\n/);
  });

  it('names every ancestor of which nobody says it', async () => {
    const dir = copy();
    strip(dir, PROVENANCE, 'grand');
    strip(dir, DATASET, 'data');

    expect(origins(await decide(dir, REQUIRED))?.message).toMatch(/base "grand".*dataset "data"/);
  });

  it('is not met by what the trainer of the child says of the base', async () => {
    const dir = copy();
    strip(dir, PROVENANCE, 'base');
    const file = path.join(dir, 'base', 'model.attestations.jsonl');
    writeFileSync(file, '');
    await attest(path.join(dir, 'base'), { key: 'p256', modelSig: false, manifest: false, force: true });
    const lines = readLines(file).filter(({ predicateType }) => predicateType === PROVENANCE);
    const own = path.join(dir, LINES);
    writeLines(own, [...readLines(own), ...lines]);
    const found = await decide(dir, REQUIRED);

    expect(found.exitCode).toBe(3);
    expect(origins(found)?.message).toBe(
      'origin unstated: nobody who is asked about it says what base "base" was made from',
    );
  });

  it('accepts an ancestor that is listed, by a digest that binds names, and no other', async () => {
    const dir = copy();
    strip(dir, PROVENANCE, 'grand');
    const { lineage } = await decide(dir, descentPolicy());
    const digestsOf = (name: string): Draft => lineage.nodes.find((node) => node.name === name)?.digests ?? {};
    const accepting = async (digest: Draft): Promise<number> =>
      (await decide(dir, descentPolicy({ origins: { accept: [{ digest, reason: 'trained from scratch' }] } })))
        .exitCode;

    expect(await accepting(digestsOf('grand'))).toBe(0);
    expect(await accepting({ stemmaFileTreeV1: digestsOf('grand')['stemmaFileTreeV1'] })).toBe(0);
    expect(await accepting(digestsOf('base'))).toBe(3);
    expect(await accepting({ ...digestsOf('grand'), sha256: '0'.repeat(64) })).toBe(3);
  });

  it('only warns where it says so', async () => {
    const dir = copy();
    strip(dir, PROVENANCE, 'grand');
    const found = await decide(dir, descentPolicy({ origins: { unstated: 'warn' } }));

    expect([found.exitCode, origins(found)?.outcome]).toEqual([0, 'skip']);
    expect(found.warnings).toEqual([expect.stringContaining('lineage-origins: origin unstated')]);
  });

  it('is in what policy init writes, which accepts what nobody stated then and nothing else', async () => {
    const dir = copy();
    const init = (name: string) =>
      stemma(dir, 'policy', 'init', 'model', '--key', 'trainer.pub', '--ancestor-key', 'publisher.pub', '-o', name);
    expect((await init('whole.yaml')).exitCode).toBe(0);
    expect(readFileSync(path.join(dir, 'whole.yaml'), 'utf8')).toMatch(/origins:\n +unstated: require\n(?! +accept)/);
    strip(dir, PROVENANCE, 'grand');
    expect((await stemma(dir, 'verify', 'model', '--policy', 'whole.yaml')).exitCode).toBe(3);

    expect((await init('stripped.yaml')).exitCode).toBe(0);
    expect((await stemma(dir, 'verify', 'model', '--policy', 'stripped.yaml')).exitCode).toBe(0);
    strip(dir, PROVENANCE, 'base');
    expect((await stemma(dir, 'verify', 'model', '--policy', 'stripped.yaml')).exitCode).toBe(3);
  });
});

describe('a rule of lineage.ancestors for one digest', () => {
  const digestsOf = async (dir: string, name: string): Promise<Draft> => {
    const { lineage } = await decide(dir, descentPolicy());
    return lineage.nodes.find((node) => node.name === name)?.digests ?? {};
  };
  /** One rule for the base by these digests, asking whom it names; the rule of `descentPolicy` for everybody else comes after it. */
  const ruled = (digests: Draft, signer: string): Draft => {
    const policy = descentPolicy();
    const { ancestors } = policy['lineage'] as { readonly ancestors: readonly Draft[] };
    const own = { id: 'own', predicateType: ['https://w3id.org/stemma/model/v1'], signers: { anyOf: [signer] } };
    return { ...policy, lineage: { ancestors: [{ digests: [digests], requirements: [own] }, ...ancestors] } };
  };

  it('is for the folder that a tree names', async () => {
    const dir = copy();
    const { stemmaFileTreeV1 } = await digestsOf(dir, 'base');

    expect((await decide(dir, ruled({ stemmaFileTreeV1 }, 'publisher'))).exitCode).toBe(0);
    const refused = await decide(dir, ruled({ stemmaFileTreeV1 }, 'gate'));
    expect([refused.exitCode, requirementOf(refused, 'lineage-parents')?.outcome]).toEqual([3, 'missing']);
  });

  it('is for what an OMS signature names by its sha256, since that signs the names', async () => {
    const dir = copy();
    const { sha256 } = await digestsOf(dir, 'base');

    expect((await decide(dir, ruled({ sha256 }, 'publisher'))).exitCode).toBe(0);
    expect((await decide(dir, ruled({ sha256 }, 'gate'))).exitCode).toBe(3);
  });

  it('is for no folder by its sha256 alone, and no later rule takes its place', async () => {
    const dir = await makeDescent({ modelSig: false });
    const { sha256 } = await digestsOf(dir, 'base');
    const found = await decide(dir, ruled({ sha256 }, 'publisher'));
    rmSync(dir, { recursive: true });

    expect(found.exitCode).toBe(3);
    expect(requirementOf(found, 'lineage-parents')).toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('names not bound: the rule of lineage.ancestors for it'),
    });
  });

  it('is for a single file by its sha256', async () => {
    const dir = copy();
    const file = path.join(dir, 'one.safetensors');
    cpSync(path.join(dir, 'base', 'model.safetensors'), file);
    await attest(file, { key: 'p384', modelSig: false });
    await attest(path.join(dir, 'model'), { key: 'p256', force: true, bases: [parseBaseReference(file)] });
    const { sha256 } = await digestsOf(dir, 'one.safetensors');

    const found = await decide(dir, ruled({ sha256 }, 'gate'));
    expect(requirementOf(found, 'lineage-parents')?.message).toContain('one.safetensors');
    expect(requirementOf(found, 'lineage-parents')?.message).toContain('own: ');
    expect((await decide(dir, ruled({ sha256 }, 'publisher'))).exitCode).toBe(0);
  });
});
