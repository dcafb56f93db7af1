import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/verify/index.ts';
import { expectInert } from '../../cli/inert.ts';
import { type JsonDocument, onlyDocument } from '../../support/cli.ts';
import { TRAINER } from './keys.ts';
import { type Ran, runInProcess, runProcesses, shown } from './run.ts';
import { prepare, Scene } from './scene.ts';
import { treeOf } from './tree.ts';

/** One input and what must come of it: a row of the attack table, or a case beyond it. */
export interface AttackCase {
  /** Of reference/merkle-logs-signatures.md §6, or a list of reference/attestations-lineage-policy.md §13.4; `+` beyond both. */
  readonly row: number | '+' | '13.4 policy' | '13.4 lineage';
  readonly title: string;
  /** Spoils the scene; returns the arguments after the model, or all of them where `argv` is given back. */
  readonly build: (scene: Scene) => Promise<Argv> | Argv;
  readonly exit: 0 | 1 | 2 | 3 | 4 | 5;
  /** A check of the report that did not pass (or, with exit 0, did, unless `outcome` says otherwise). */
  readonly check?: string;
  readonly outcome?: Report['checks'][number]['outcome'];
  /** Instead of a report: the code of the error. */
  readonly error?: string;
  /** What the checks, changes or warnings say. */
  readonly says?: RegExp;
  /** Through a process of its own, with these variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Anything else that must hold. */
  readonly also?: (report: Report, ran: Ran) => void;
}

type Argv = void | readonly string[] | { readonly argv: readonly string[] };

/** Runs each case, for people and for machines, and checks what must hold of every one of them. */
export function describeAttacks(title: string, cases: readonly AttackCase[]): void {
  describe(title, () => {
    let prepared = '';
    const temp = process.env['TMPDIR'];

    beforeAll(async () => {
      prepared = await prepare();
    });

    afterAll(() => {
      rmSync(path.dirname(prepared), { recursive: true });
      expect(Object.keys(Object.prototype)).toEqual([]);
    });

    it.each(cases)('row $row: $title: exit $exit', async (attack) => {
      const scene = new Scene(prepared);
      try {
        await check(attack, scene);
      } finally {
        if (temp === undefined) delete process.env['TMPDIR'];
        else process.env['TMPDIR'] = temp;
        scene.end();
      }
    });
  });
}

async function check(attack: AttackCase, scene: Scene): Promise<void> {
  const built = await attack.build(scene);
  const argv =
    built !== undefined && 'argv' in built ? built.argv : ['verify', scene.model, ...(built ?? ['--key', TRAINER])];
  const temp = path.join(scene.dir, 'temporary');
  mkdirSync(temp);
  process.env['TMPDIR'] = temp;
  const before = treeOf(scene.dir);
  const started = performance.now();

  // A process prints one document in its life: an error's is looked at in a process of its own.
  const inProcess = attack.error === undefined && attack.env === undefined;
  const { human, json } = await (inProcess ? runInProcess(argv) : runProcesses(argv, { TMPDIR: temp, ...attack.env }));

  // Nothing may hang for 10 s; two processes on a busy machine may take that long together.
  expect(performance.now() - started).toBeLessThan(inProcess ? 10_000 : 30_000);
  expect(human.exitCode, human.stdout + human.stderr).toBe(attack.exit);
  expect(treeOf(scene.dir)).toEqual(before);
  expectInert(human.stdout);
  expectInert(human.stderr);
  const document = onlyDocument(json);
  expect(document).toMatchObject({ schemaVersion: 1, ok: attack.exit === 0, exitCode: attack.exit });
  if (attack.error === undefined) checkReport(attack, document, human);
  else checkError(attack, document, human);
}

function checkError({ error, says }: AttackCase, document: JsonDocument, human: Ran): void {
  expect(document.error?.code).toBe(error);
  expect(human.stdout).toBe('');
  if (says !== undefined) expect(`${document.error?.message}\n${document.error?.hint}`).toMatch(says);
}

function checkReport(attack: AttackCase, document: JsonDocument, human: Ran): void {
  const report = document.result as unknown as Report;
  if (document.command !== 'verify') {
    attack.also?.(report, human);
    return;
  }
  const text = shown(report);
  expectInert(text);
  const passed = attack.exit === 0;
  // Digests that agree with what nobody signed verify nothing, and the verdict must not say so.
  expect(/(?<!not )verified: (?:every|a random)/.test(human.stdout)).toBe(passed && report.mode !== 'integrity-only');
  expect(/\bPASS\b/.test(human.stdout)).toBe(passed);
  expect(report.result === 'pass').toBe(passed);
  const id = attack.check ?? 'match.identity';
  const found = report.checks.filter((entry) => entry.id === id).map(({ outcome }) => outcome);
  const outcome = attack.outcome ?? (passed ? 'pass' : OUTCOMES[attack.exit]);
  expect(found, text).toContain(outcome);
  if (attack.says !== undefined) expect(`${JSON.stringify(report)}\n${human.stderr}`).toMatch(attack.says);
  attack.also?.(report, human);
}

const OUTCOMES = { 1: 'fail', 2: 'error', 3: 'missing', 4: 'error', 5: 'error' } as const;
