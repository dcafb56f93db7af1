import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { renderJson } from '../../src/cli/render/json.ts';
import { renderSarif } from '../../src/cli/render/sarif.ts';
import type { Outcome, Report } from '../../src/core/verify/index.ts';
import type { reportSchema } from '../../src/core/verify/report-schema.ts';
import { KEYS } from '../core/attest/support.ts';
import { safetensors, writeFiles } from '../core/verify/support.ts';
import { runStemma } from '../support/cli.ts';
import { hostileReport } from './hostile-report.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SCHEMA = path.join(ROOT, 'fixtures/schemas/sarif-2.1.0.json');

/** The schema of OASIS is JSON Schema draft 4, of which it uses nothing that draft 7 reads otherwise but `id`. */
function sarifValidator(): ValidateFunction {
  const { id, $schema: _, ...schema } = JSON.parse(readFileSync(SCHEMA, 'utf8'));
  return new Ajv({ strict: false, validateFormats: false }).compile({ $id: id, ...schema });
}

const validate = sarifValidator();
const problems = (text: string): readonly string[] => {
  validate(JSON.parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};

/** As the schema of the report reads it: members that nobody writes are no conflict. */
type Known<T> = T extends readonly (infer Item)[]
  ? readonly Known<Item>[]
  : T extends object
    ? { readonly [Key in keyof T as string extends Key ? never : Key]: Known<T[Key]> }
    : T;

/** Does not compile where the type of a report and its schema are at odds. */
const asJson = (report: Report): Known<z.input<typeof reportSchema>> => report;

/** The published schema, closed: what a report has and the schema does not is then seen. */
function reportValidator(): ValidateFunction {
  const close = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(close);
    if (typeof schema !== 'object' || schema === null) return schema;
    const closed = Object.entries(schema).map(([key, value]) => [key, close(value)] as const);
    return { ...Object.fromEntries(closed), ...('properties' in schema ? { additionalProperties: false } : {}) };
  };
  const published = JSON.parse(readFileSync(path.join(ROOT, 'schemas/v1/report.schema.json'), 'utf8'));
  return new Ajv2020({ strict: false }).compile(close(published) as object);
}

const validateReport = reportValidator();
const reportProblems = (text: string): readonly string[] => {
  validateReport(JSON.parse(text));
  return (validateReport.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};

describe('the JSON report and its published schema', () => {
  it('agree on a report in which every text is hostile', () => {
    expect(reportProblems(renderJson(asJson(hostileReport())))).toEqual([]);
  });

  it.each<[string, object]>([
    ['a member that the schema lacks', { extra: 1 }],
    ['another outcome', { checks: [{ ...hostileReport().checks[0], outcome: 'maybe' }] }],
    ['a check that nobody says is required', { checks: [{ ...hostileReport().checks[0], required: undefined }] }],
    ['another version', { reportVersion: 2 }],
    ['a node of the lineage without digests', { lineage: { nodes: [{ id: 'n0' }], edges: [] } }],
    ['a policy without requirements', { policy: { file: 'p', digest: 'ab', expires: 'x' } }],
  ])('would be seen to disagree on %s', (_, change) => {
    expect(reportProblems(JSON.stringify({ ...hostileReport(), ...change }))).not.toEqual([]);
  });
});

describe('the SARIF report and the schema of OASIS', () => {
  let temp: string;

  beforeAll(() => {
    temp = mkdtempSync(path.join(tmpdir(), 'stemma-sarif-'));
    for (const [name, second] of [
      ['base', [3, 3]],
      ['model', [3, 4]],
    ] as const)
      writeFiles(path.join(temp, name), { 'model.safetensors': safetensors({ first: [1, 2], second: [...second] }) });
    for (const name of ['p256.key', 'p256.pub', 'p384.pub']) cpSync(path.join(KEYS, name), path.join(temp, name));
  });
  afterAll(() => rmSync(temp, { recursive: true, force: true }));

  it('names the very schema that it is held against', () => {
    const { id } = JSON.parse(readFileSync(SCHEMA, 'utf8'));

    expect(JSON.parse(renderSarif(hostileReport())).$schema).toBe(id);
  });

  it('agree on a report in which every text is hostile', () => {
    expect(problems(renderSarif(hostileReport()))).toEqual([]);
  });

  it.each<Outcome>(['pass', 'fail', 'missing', 'unknown', 'skip', 'error'])('agree on the outcome %s', (outcome) => {
    const checks = hostileReport().checks.map((check) => ({ ...check, outcome }));

    expect(problems(renderSarif(hostileReport({ checks })))).toEqual([]);
    expect(problems(renderSarif(hostileReport({ checks, changes: [] })))).toEqual([]);
  });

  it('agree on a report without any check', () => {
    expect(problems(renderSarif(hostileReport({ checks: [] })))).toEqual([]);
  });

  it('agree on what verify writes of a model with an ancestor, and of one that changed', async () => {
    const stemma = (...args: readonly string[]) => runStemma(args, { cwd: temp });
    await stemma('attest', 'base', '--key', 'p256.key', '--no-source');
    await stemma('attest', 'model', '--key', 'p256.key', '--no-source', '--base', 'finetuned-from=base');
    const verify = async (report: string) => {
      const { exitCode } = await stemma(
        'verify',
        'model',
        '--key',
        'p256.pub',
        '--ancestor-key',
        'p384.pub',
        '--report',
        `sarif=${report}`,
        '--report',
        `json=${report}.json`,
      );
      expect(reportProblems(readFileSync(path.join(temp, `${report}.json`), 'utf8'))).toEqual([]);
      return { exitCode, text: readFileSync(path.join(temp, report), 'utf8') };
    };

    const untrusted = await verify('untrusted.sarif');
    expect(untrusted.exitCode).toBe(3);
    expect(problems(untrusted.text)).toEqual([]);
    expect(untrusted.text).toContain('"lineage.');
    writeFiles(path.join(temp, 'model'), { 'model.safetensors': safetensors({ first: [1, 2], second: [3, 5] }) });
    const changed = await verify('changed.sarif');
    expect(changed.exitCode).toBe(1);
    expect(problems(changed.text)).toEqual([]);
  });

  it('would be seen to disagree', () => {
    const [log] = [JSON.parse(renderSarif(hostileReport()))];
    const [run] = log.runs;

    expect(problems(JSON.stringify({ ...log, version: '2.0.0' }))).not.toEqual([]);
    expect(problems(JSON.stringify({ ...log, runs: [{ ...run, tool: undefined }] }))).not.toEqual([]);
    const results = [{ ...run.results[0], level: 'fatal' }];
    expect(problems(JSON.stringify({ ...log, runs: [{ ...run, results }] }))).not.toEqual([]);
  });
});
