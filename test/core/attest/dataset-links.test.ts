import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectCode, modelOf, writeFiles } from '../model/support.ts';
import { ATTESTATIONS, attestData, datasetIn, FILES, link, secretBeside } from './dataset-support.ts';
import { attest, DIGITS, kindsOf, listen, provenanceOf, smallModel } from './support.ts';

describe('a derived dataset', () => {
  it('links to its parent by the set of its statement, and brings its evidence', async () => {
    const [raw, dir] = [modelOf({ ...FILES, 'tmp/x': '1' }), modelOf({ 'b.jsonl': '{"x":1}\n' })];
    const parent = await attestData(raw, { ignore: ['tmp'], name: 'org/raw' });
    const result = await attestData(dir, { derivedFrom: [link(raw)] });
    expect(result).toMatchObject({ copiedEvidence: 1, derivedFrom: [{ name: 'org/raw', digests: parent.digests }] });
    expect(datasetIn(dir).derivedFrom).toMatchObject([
      { relation: 'derived-dataset', digest: parent.digests, ignored: ['tmp'], evidence: 'declared' },
    ]);
    expect(kindsOf(dir)).toEqual(['dataset/v1', 'dataset/v1']);
  });

  it('brings the evidence of its grandparents', async () => {
    const [a, b, c] = [modelOf({ a: '1' }), modelOf({ b: '1' }), modelOf({ c: '1' })];
    await attestData(a);
    await attestData(b, { derivedFrom: [link(a)] });
    expect(await attestData(c, { derivedFrom: [link(b)] })).toMatchObject({ copiedEvidence: 2 });
    expect(await attestData(c, { derivedFrom: [link(b)], copyParentEvidence: false })).toMatchObject({
      copiedEvidence: 0,
    });
  });
});

describe('a model that was trained on a dataset', () => {
  it('links to it by the set of its own statement', async () => {
    const data = modelOf({ ...FILES, 'tmp/x': '1' });
    const { digests } = await attestData(data, { ignore: ['tmp'], name: 'org/data' });
    const model = smallModel();
    const { said, onWarning } = listen();
    await attest(model, { datasets: [link(data)], onWarning });
    expect(provenanceOf(model).links).toMatchObject([
      { role: 'dataset', name: 'org/data', digest: digests, ignored: ['tmp'] },
    ]);
    expect(kindsOf(model)).toContain('dataset/v1');
    expect(said.join()).toContain('leaves out');
  });

  it('links to the bytes as they are where the statement is about others', async () => {
    const data = modelOf(FILES);
    const { digests } = await attestData(data);
    writeFileSync(path.join(data, 'a.jsonl'), 'x\n');
    const model = smallModel();
    const { said, onWarning } = listen();
    await attest(model, { datasets: [link(data)], onWarning });
    expect(provenanceOf(model).links[0]?.digest).not.toEqual(digests);
    expect(said.join()).toContain('matches its bytes');
  });

  it('links to a salted dataset by its statement, never by its bytes', async () => {
    const data = modelOf(FILES);
    const { digests } = await attestData(data, { secret: secretBeside(data) });
    const model = smallModel();
    const { hint } = await expectCode(attest(model, { datasets: [link(data)] }), 'USAGE');
    expect(hint).toContain('attestations file');
    const evidence = { kind: 'evidence', path: path.join(data, ATTESTATIONS) } as const;
    await attest(model, { datasets: [evidence] });
    expect(provenanceOf(model).links[0]?.digest).toEqual(digests);
  });

  it('does not link by its bytes where its evidence cannot be read, carried along or not', async () => {
    const data = modelOf(FILES);
    await attestData(data, { secret: secretBeside(data) });
    writeFiles(data, { [ATTESTATIONS]: '' });
    truncateSync(path.join(data, ATTESTATIONS), 200 * 1024 * 1024);
    const model = smallModel();
    await expectCode(attest(model, { datasets: [link(data)], copyParentEvidence: false }), 'TOO_LARGE');
    expect(existsSync(path.join(model, ATTESTATIONS))).toBe(false);
  });

  it('takes no dataset statement for a base model', async () => {
    const base = smallModel('b');
    await attestData(base, { ignore: ['config.json'] });
    const model = smallModel();
    await attest(model, { bases: [{ relation: 'finetuned-from', relationGiven: true, reference: link(base) }] });
    expect(provenanceOf(model).links).toMatchObject([{ role: 'base-model', ignored: [] }]);
    const evidence = { kind: 'evidence', path: path.join(base, ATTESTATIONS) } as const;
    await expectCode(
      attest(model, { bases: [{ relation: 'finetuned-from', relationGiven: true, reference: evidence }] }),
      'USAGE',
    );
  });

  it('links to the fixture as it did before there were dataset statements', async () => {
    const model = smallModel();
    const data = path.join(DIGITS, 'data');
    await attest(model, { datasets: [link(data)] });
    const copy = modelOf(
      Object.fromEntries(
        ['LICENSE.md', 'test.csv', 'train.csv'].map((name) => [name, readFileSync(path.join(data, name))]),
      ),
    );
    expect(provenanceOf(model).links[0]?.digest).toEqual((await attestData(copy)).digests);
  });
});
