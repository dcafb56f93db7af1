import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EvaluateOptions, evaluateModel } from '../../../src/core/attest/index.ts';
import { refuseSalted, saltedFinder, saltedWarnings } from '../../../src/core/attest/salted-guard.ts';
import { expectCode, modelOf } from '../model/support.ts';
import { ATTESTATIONS, attestData, FILES, link, secretBeside } from './dataset-support.ts';
import { attest, listen, provenanceOf, sign, smallModel, snapshot, trainer } from './support.ts';

let around: string;
let data: string;

beforeEach(async () => {
  around = modelOf({ 'other.txt': 'x' });
  data = path.join(around, 'd');
  cpSync(modelOf({ ...FILES, 'sub/b.jsonl': '{"x":1}\n' }), data, { recursive: true });
  await attestData(data, { secret: secretBeside(data) });
});

describe('what would tell a plain digest of a salted dataset', () => {
  it.each([
    ['the folder', ''],
    ['a file of it', 'a.jsonl'],
    ['a file deep in it', 'sub/b.jsonl'],
    ['a folder of it', 'sub'],
    ['the folder around it', '..'],
    ['a file that is not there yet', 'sub/new.jsonl'],
  ])('is refused: %s', async (_, place) => {
    await expectCode(refuseSalted(path.join(data, place), {}), 'USAGE');
  });

  it('is refused through a link, and where the evidence lies beside', async () => {
    const elsewhere = modelOf({ y: '1' });
    symlinkSync(path.join(data, 'a.jsonl'), path.join(elsewhere, 'a'));
    await expectCode(refuseSalted(path.join(elsewhere, 'a'), {}), 'USAGE');
    renameSync(path.join(data, ATTESTATIONS), path.join(around, 'd.attestations.jsonl'));
    await expectCode(refuseSalted(path.join(data, 'a.jsonl'), {}), 'USAGE');
    await expectCode(refuseSalted(around, {}), 'USAGE');
  });

  it('is refused where the dataset is one file', async () => {
    const file = path.join(modelOf({ 'one.jsonl': '{"x":1}\n', 'two.jsonl': '{"x":2}\n' }), 'one.jsonl');
    await attestData(file, { secret: path.join(around, 'one.secret') });
    await expectCode(refuseSalted(file, {}), 'USAGE');
    await expectCode(refuseSalted(path.dirname(file), {}), 'USAGE');
    await refuseSalted(path.join(path.dirname(file), 'two.jsonl'), {});
  });

  it('is refused where the evidence cannot be read', async () => {
    truncateSync(path.join(data, ATTESTATIONS), 200 * 1024 * 1024);
    await expectCode(refuseSalted(path.join(data, 'a.jsonl'), {}), 'TOO_LARGE');
  });

  it.each(['configs', 'logs'] as const)('is not attested as one of the %s', async (list) => {
    const model = smallModel();
    await expectCode(attest(model, { [list]: [path.join(data, 'a.jsonl')] }), 'USAGE');
    expect(existsSync(path.join(model, ATTESTATIONS))).toBe(false);
  });

  it('is not attested as an environment, nor as a dataset by a part or what is around', async () => {
    const model = smallModel();
    await expectCode(attest(model, { environments: [link(path.join(data, 'a.jsonl'))] }), 'USAGE');
    await expectCode(attest(model, { datasets: [link(path.join(data, 'a.jsonl'))] }), 'USAGE');
    await expectCode(attest(model, { datasets: [link(around)] }), 'USAGE');
    const base = { relation: 'finetuned-from', relationGiven: true, reference: link(data) } as const;
    await expectCode(attest(model, { bases: [base] }), 'USAGE');
    expect(existsSync(path.join(model, ATTESTATIONS))).toBe(false);
  });

  it('is refused as the model itself, or as a part of it, and nothing is written', async () => {
    await expectCode(attest(data), 'USAGE');
    await expectCode(attest(around), 'USAGE');
    expect(existsSync(path.join(around, 'model.sig'))).toBe(false);
  });

  it('is neither signed nor attested anew without its secret', async () => {
    const before = snapshot(around);
    await expectCode(sign(data), 'USAGE');
    await expectCode(sign(around), 'USAGE');
    await expectCode(attestData(data), 'USAGE');
    await expectCode(attestData(around), 'USAGE');
    expect(snapshot(around)).toEqual(before);
  });

  it('is no model that was evaluated, no predictions, no log and no harness of an evaluation', async () => {
    const model = smallModel();
    const file = path.join(data, 'a.jsonl');
    const metrics = [{ name: 'x', value: undefined }];
    const spec = { columns: { label: 'x', prediction: 'x' }, metrics: ['accuracy' as const], slices: [] };
    await expectCode(evaluate(data), 'USAGE');
    await expectCode(evaluate(model, { source: { kind: 'log', file, record: 1, metrics } }), 'USAGE');
    await expectCode(evaluate(model, { source: { kind: 'predictions', file, spec } }), 'USAGE');
    await expectCode(evaluate(model, { harness: [link(file)] }), 'USAGE');
    expect(existsSync(path.join(model, ATTESTATIONS))).toBe(false);
    await evaluate(model);
  });

  it('is warned about where it is only printed', async () => {
    const [said] = await saltedWarnings(data, {});
    expect(said).toContain("its plain digest would let the dataset's records be guessed");
    expect(await saltedWarnings(around, {})).toHaveLength(1);
    expect(await saltedWarnings(smallModel(), {})).toEqual([]);
  });
});

function evaluate(model: string, rest: Partial<EvaluateOptions> = {}): Promise<unknown> {
  return evaluateModel({
    model,
    signer: trainer,
    source: { kind: 'stated', metrics: [{ name: 'x', value: 1 }] },
    dataset: { kind: 'digests', digests: { sha256: '00'.repeat(32) } },
    harness: [],
    ignore: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
    ...rest,
  });
}

describe('what tells nothing of a salted dataset', () => {
  it('is its neighbour, a plain dataset, and what is not there', async () => {
    const plain = modelOf(FILES);
    await attestData(plain);
    for (const file of [path.join(around, 'other.txt'), plain, path.join(plain, 'a.jsonl'), path.join(plain, 'gone')])
      await refuseSalted(file, {});
    expect(await saltedFinder({})(path.join(around, 'other.txt'))).toBe(false);
  });

  it('is a file of a model that was trained on it and carries its evidence', async () => {
    const model = smallModel();
    await attest(model, { datasets: [{ kind: 'evidence', path: path.join(data, ATTESTATIONS) }] });
    mkdirSync(path.join(around, 'logs'));
    writeFileSync(path.join(around, 'logs/l'), 'a\n');
    await refuseSalted(path.join(model, 'config.json'), {});
    const other = smallModel('b');
    await attest(other, { logs: [path.join(around, 'logs/l')] });
    expect(provenanceOf(other).logs).toHaveLength(1);
  });
});

it('a salted dataset whose evidence is written elsewhere is warned about', async () => {
  const [other, outputDir] = [modelOf(FILES), modelOf({})];
  const { said, onWarning } = listen();
  await attestData(other, { secret: path.join(around, 'other.secret'), outputDir, onWarning });
  expect(said.join()).toContain('says that it is salted');
});
