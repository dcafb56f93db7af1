import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Family } from '../../support/family.ts';
import {
  ancestorChecks,
  copyOf,
  dropLines,
  LINES,
  type Line,
  linkCheck,
  MAKERS,
  readLines,
  sharedFamily,
  verifyLineage,
  writeLines,
} from './lineage-support.ts';
import { checkOf, checksOf, tempFolder } from './support.ts';

const LINKS = [
  'base trained-on data: pass',
  'data-rotated derived-dataset data: pass',
  'finetuned finetuned-from base: pass',
  'finetuned trained-on data-rotated: pass',
  'finetuned-upright finetuned-from base: pass',
  'finetuned-upright trained-on data: pass',
  'merged merged-from finetuned-upright: pass',
  'merged merged-from finetuned: pass',
  'merged-gguf quantized-from merged: pass',
];

let family: Family & { readonly remove: () => void };
beforeAll(async () => {
  family = await sharedFamily();
});
afterAll(() => family.remove());

const gguf = (): string => copyOf(family, 'merged-gguf');
const about = (name: string) => (line: Line) => line.name === name;
const identityOf = (name: string) => (line: Line) => line.name === name && !line.predicateType.includes('provenance');
const run = { key: 'release', ancestors: MAKERS } as const;
const without = (...left: readonly string[]) => MAKERS.filter((actor) => !left.includes(actor));

describe('a downloaded folder alone', () => {
  it('verifies back to the data, each ancestor by its own signer', async () => {
    const report = await verifyLineage(family, gguf(), run);

    expect(report.result).toBe('pass');
    expect(report.verdict).toMatch(/9 links to ancestors verified/);
    expect(ancestorChecks(report)).toEqual(LINKS);
    expect(linkCheck(report, 'finetuned finetuned-from base').message).toBe('signed by publisher');
    expect(checksOf(report, 'lineage.ancestor').every(({ required }) => required)).toBe(true);
  });

  it('shows an ancestor that two descend from as one node', async () => {
    const { lineage } = await verifyLineage(family, gguf(), run);
    const bases = lineage.nodes.filter(({ name }) => name === 'base');

    expect(bases).toMatchObject([
      { role: 'base', depth: 3, outcome: 'pass', origin: 'stated', signers: ['publisher'] },
    ]);
    expect(lineage.edges.filter(({ parent }) => parent === bases[0]?.id)).toHaveLength(2);
    expect(
      lineage.nodes.filter(({ role }) => role === 'dataset').map(({ name, licences }) => [name, licences]),
    ).toEqual(
      expect.arrayContaining([
        ['data', ['CC-BY-4.0']],
        ['data-rotated', ['CC-BY-4.0']],
      ]),
    );
  });

  it('claims them all where nobody is trusted for ancestors, and requires none', async () => {
    const report = await verifyLineage(family, gguf(), { key: 'release' });

    expect(report.result).toBe('pass');
    expect(checksOf(report, 'lineage.ancestor')).toEqual([]);
    expect(checkOf(report, 'lineage.ancestors')).toMatchObject({ outcome: 'skip', required: false });
    expect(new Set(report.lineage.edges.map(({ outcome, counts }) => `${outcome} ${counts}`))).toEqual(
      new Set(['skip false']),
    );
  });

  it.each([
    ['from a file that the caller names', []],
    ['from a file that holds its lines in another order, twice', ['again']],
  ])('takes the evidence %s', async (_, again) => {
    const model = gguf();
    const file = path.join(tempFolder(), 'moved.attestations.jsonl');
    renameSync(path.join(model, LINES), file);
    const lines = readLines(file).toReversed();
    writeLines(file, again.length === 0 ? lines : [...lines, ...lines]);
    const report = await verifyLineage(family, model, { ...run, attestations: [file] });

    expect(report.result).toBe('pass');
    expect(ancestorChecks(report)).toEqual(LINKS);
  });
});

describe('who is trusted for what', () => {
  it('does not take the word of the signer of the model for its parent', async () => {
    const report = await verifyLineage(family, gguf(), { ...run, ancestors: without('release') });

    expect(report.result).toBe('incomplete');
    expect(ancestorChecks(report)).toEqual(['merged-gguf quantized-from merged: missing']);
    expect(report.verdict).toMatch(/"merged-gguf" quantized-from "merged": signed by .* not trusted for this ancestor/);
  });

  it('does not take the word of somebody who is trusted for ancestors for the model', async () => {
    const report = await verifyLineage(family, gguf(), { key: 'qa', ancestors: MAKERS });

    expect(report.result).toBe('incomplete');
    expect(checkOf(report, 'match.identity').outcome).toBe('missing');
    expect(report.signers.filter(({ trustedAs }) => trustedAs === 'release')).toEqual([]);
  });

  it.each([
    ['publisher', ['finetuned finetuned-from base: missing', 'finetuned-upright finetuned-from base: missing']],
    ['trainer-two', ['merged merged-from finetuned-upright: missing']],
    [
      'data-owner',
      [
        'base trained-on data: missing',
        'finetuned trained-on data-rotated: missing',
        'finetuned-upright trained-on data: missing',
      ],
    ],
  ])('lacks the ancestors of %s where he is not named', async (actor, lacking) => {
    const report = await verifyLineage(family, gguf(), { ...run, ancestors: without(actor) });

    expect(report.result).toBe('incomplete');
    expect(ancestorChecks(report).filter((line) => !line.endsWith('pass'))).toEqual(lacking);
    expect(linkCheck(report, lacking[0]?.split(':')[0] ?? '').hint).toMatch(/--ancestor-key/);
  });

  it('verifies an ancestor that the trainer of its child signs once he is named for ancestors', async () => {
    const model = copyOf(family, 'finetuned');
    const file = path.join(model, LINES);
    dropLines(file, about('base'));
    const copy = copyOf(family, 'base');
    for (const side of ['model.sig', LINES, 'model.manifest.jsonl']) rmSync(path.join(copy, side));
    await family.stemma('attest', copy, '--key', family.key('trainer-one'), '--no-source', '--dataset', 'data');
    writeLines(file, [...readLines(file), ...readLines(path.join(copy, LINES)).filter(about('base'))]);
    const named = await verifyLineage(family, model, { key: 'trainer-one', ancestors: ['trainer-one', 'data-owner'] });
    const unnamed = await verifyLineage(family, model, { key: 'trainer-one', ancestors: ['publisher', 'data-owner'] });

    expect(named.result).toBe('pass');
    expect(linkCheck(named, 'finetuned finetuned-from base').message).toBe('signed by trainer-one');
    expect(linkCheck(unnamed, 'finetuned finetuned-from base').outcome).toBe('missing');
    expect(unnamed.result).toBe('incomplete');
  });
});

describe('lines that somebody took away or spoilt', () => {
  it('are missed where they say what an ancestor is', async () => {
    const model = gguf();
    dropLines(path.join(model, LINES), about('base'));
    const report = await verifyLineage(family, model, run);

    expect(report.result).toBe('incomplete');
    expect(linkCheck(report, 'finetuned finetuned-from base')).toMatchObject({
      outcome: 'missing',
      message: 'no statement about it was found',
    });
  });

  it('are missed where only the provenance of an ancestor is left', async () => {
    const model = gguf();
    dropLines(path.join(model, LINES), identityOf('base'));
    const report = await verifyLineage(family, model, run);

    expect(linkCheck(report, 'finetuned finetuned-from base')).toMatchObject({
      outcome: 'missing',
      message: expect.stringMatching(/evidence about it, and no identity statement/),
    });
    expect(report.result).toBe('incomplete');
  });

  it('are missed where they say what the model was made from', async () => {
    const model = gguf();
    dropLines(
      path.join(model, LINES),
      (line) => line.name === 'merged-gguf' && line.predicateType.includes('slsa.dev'),
    );
    const report = await verifyLineage(family, model, run);

    expect(report.result).toBe('incomplete');
    expect(checkOf(report, 'lineage.ancestors')).toMatchObject({ outcome: 'missing', required: true });
  });

  it('shorten the chain where they say what an ancestor was made from, and that is told', async () => {
    const model = gguf();
    dropLines(path.join(model, LINES), (line) => line.name === 'merged' && line.predicateType.includes('slsa.dev'));
    const report = await verifyLineage(family, model, run);

    expect(ancestorChecks(report)).toEqual(['merged-gguf quantized-from merged: pass']);
    expect(report.lineage.nodes.find(({ name }) => name === 'merged')).toMatchObject({ origin: 'unstated' });
  });

  it('fail where they name a trusted signer who did not sign them', async () => {
    const model = gguf();
    const file = path.join(model, LINES);
    writeLines(
      file,
      readLines(file).map((line) => (identityOf('base')(line) ? { ...line, text: otherSignature(line.text) } : line)),
    );
    const report = await verifyLineage(family, model, run);

    expect(report.result).toBe('fail');
    expect(linkCheck(report, 'finetuned finetuned-from base').message).toMatch(/signature/);
  });

  it('are malformed, not merely missing, where a line cannot be read', async () => {
    const model = gguf();
    const file = path.join(model, LINES);
    dropLines(file, about('base'));
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"dsseEnvelope":\n`);
    const report = await verifyLineage(family, model, run);

    expect(report.result).toBe('malformed');
    expect(linkCheck(report, 'finetuned finetuned-from base')).toMatchObject({
      outcome: 'error',
      errorClass: 'malformed',
    });
  });

  it('do nothing where a stranger added them', async () => {
    const model = gguf();
    const file = path.join(model, LINES);
    const other = path.join(tempFolder(), 'elsewhere');
    mkdirSync(other);
    writeFileSync(path.join(other, 'weights.bin'), 'another model');
    const mine = path.join(tempFolder(), 'merged-gguf');
    const claim = ['--base', `quantized-from=${other}`, '--output-dir', mine, '--no-source'];
    await family.stemma('attest', 'merged-gguf', '--key', family.key('auditor'), ...claim);
    writeLines(file, [...readLines(file), ...readLines(path.join(mine, LINES))]);
    const report = await verifyLineage(family, model, run);

    expect(report.result).toBe('pass');
    expect(ancestorChecks(report)).toEqual(LINKS);
    expect(report.lineage.nodes.map(({ name }) => name)).not.toContain('elsewhere');
  });
});

describe('how far ancestors are followed', () => {
  it('is undecided beyond the depth that was asked for', async () => {
    const report = await verifyLineage(family, gguf(), { ...run, maxDepth: 2 });

    expect(report.result).toBe('incomplete');
    expect(linkCheck(report, 'merged merged-from finetuned').outcome).toBe('pass');
    expect(linkCheck(report, 'finetuned finetuned-from base')).toMatchObject({
      outcome: 'unknown',
      message: 'more than 2 generations away: not followed',
    });
    expect(report.lineage.truncated).toMatch(/more than 2 generations/);
  });

  it('is enough where the oldest is just within it', async () => {
    const report = await verifyLineage(family, gguf(), { ...run, maxDepth: 4 });

    expect(report.result).toBe('pass');
    expect(report.lineage.truncated).toBeUndefined();
  });
});

/** The same payload under a signature that was made for nothing. */
function otherSignature(text: string): string {
  const bundle: { dsseEnvelope: { signatures: { sig: string }[] } } = JSON.parse(text);
  for (const signature of bundle.dsseEnvelope.signatures) {
    const bytes = Buffer.from(signature.sig, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    signature.sig = bytes.toString('base64');
  }
  return JSON.stringify(bundle);
}
