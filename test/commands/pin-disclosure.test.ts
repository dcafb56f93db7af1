import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { KEY, temporaryModel } from './pin-support.ts';

interface Disclosure {
  readonly values: readonly { readonly place: string; readonly value: string }[];
  readonly names: readonly string[];
  readonly unlisted: number;
}

let place: ReturnType<typeof temporaryModel>;

beforeEach(() => {
  place = temporaryModel();
});

afterEach(() => place.remove());

const stemma = (...args: string[]) => runStemma(args, { cwd: place.folder });

async function attested(...flags: string[]): Promise<void> {
  const { exitCode, stderr } = await stemma('attest', 'model', '--key', KEY, '--no-source', ...flags);
  if (exitCode !== 0) throw new Error(stderr);
}

async function disclosed(): Promise<Disclosure> {
  const { stdout } = await stemma('pin', 'model', '--dry-run', '--json');
  return (onlyDocument(stdout).result as { disclosure: Disclosure }).disclosure;
}

/** So many parameters, each with a value of its own. */
const parameters = (n: number) => Array.from({ length: n }, (_, i) => ['--param', `p${i}=v${i}`]).flat();

describe('what becomes public', () => {
  test('is the builder as well, and what is said about a dependency', async () => {
    mkdirSync(path.join(place.folder, 'patients'));
    writeFileSync(path.join(place.folder, 'patients', 'a.csv'), 'x\n1\n');
    await attested('--dataset', 'patients');

    const { values, names, unlisted } = await disclosed();

    const places = values.map((value) => value.place);
    expect(places).toEqual(expect.arrayContaining(['buildType', 'builder.id']));
    expect(places.some((at) => at.startsWith('annotations.'))).toBe(true);
    expect(names).toContain('patients');
    expect(unlisted).toBe(0);
  });

  test('is counted where it is more than what is listed', async () => {
    await attested(...parameters(10_050));

    const { values, unlisted } = await disclosed();
    const { stdout } = await stemma('pin', 'model', '--dry-run', '--verbose');

    expect(values).toHaveLength(10_000);
    expect(unlisted).toBeGreaterThanOrEqual(50);
    expect(stdout).toContain(`and ${unlisted} values or names more, past what is listed at most`);
  });

  test('is listed whole below that', async () => {
    await attested(...parameters(9000));

    const { values, unlisted } = await disclosed();
    const { stdout } = await stemma('pin', 'model', '--dry-run');

    expect(values.length).toBeGreaterThan(9000);
    expect(unlisted).toBe(0);
    expect(stdout).not.toContain('past what is listed');
  });
});
