import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { addToStore } from '../../../src/core/store/index.ts';
import { exitCodeOf, type Report } from '../../../src/core/verify/index.ts';
import { attest } from './attest-support.ts';
import { checksOf, tempFolder, verify, writeModel } from './support.ts';

let dir: string;
let model: string;
let bundles: Record<string, unknown>[];

beforeEach(async () => {
  dir = tempFolder();
  const signed = writeModel({ 'config.json': '{}\n' });
  await attest(signed);
  const lines = readFileSync(path.join(signed, 'model.attestations.jsonl'), 'utf8').trimEnd().split('\n');
  bundles = lines.map((line) => JSON.parse(line));
  model = writeModel({ 'config.json': '{}\n' });
});

const put = (content: unknown, name = 'theirs.json'): string => {
  const file = path.join(dir, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return file;
};
const given = (content: unknown, name?: string): Promise<Report> =>
  verify(model, { attestations: [put(content, name)] });
/** As `gh attestation verify --format json` prints it. */
const asGh = (bundle: unknown) => ({
  attestation: { bundle, bundle_url: '', initiator: 'user' },
  verificationResult: { mediaType: 'application/vnd.dev.sigstore.verificationresult+json;version=0.1' },
});

describe('attestations in a JSON array', () => {
  it('are read as bundles, and as gh attestation verify prints them', async () => {
    expect(exitCodeOf(await given(bundles))).toBe(0);
    expect(exitCodeOf(await given(bundles.map(asGh)))).toBe(0);
    expect(exitCodeOf(await given(`\n\t ${JSON.stringify(bundles)}`))).toBe(0);
    expect(exitCodeOf(await given(bundles.map((each) => each['dsseEnvelope'])))).toBe(0);
  });

  it('are read as JSON Lines under the name that gh attestation download gives', async () => {
    const lines = bundles.map((each) => JSON.stringify(each)).join('\n');
    expect(exitCodeOf(await given(lines, `sha256:${'ab'.repeat(32)}.jsonl`))).toBe(0);
  });

  it('are one malformed bundle each where they are none, and the others count', async () => {
    const report = await given([null, 7, [], {}, { attestation: {} }, { attestation: 'x' }, ...bundles]);
    expect(exitCodeOf(report)).toBe(0);
    const broken = checksOf(report, 'authenticate.signature').filter(({ outcome }) => outcome === 'error');
    expect(broken.map(({ errorClass }) => errorClass)).toEqual(Array.from({ length: 6 }, () => 'malformed'));
  });

  it('are not believed for what gh says of them', async () => {
    const forged = structuredClone(bundles).map((bundle) => {
      const envelope = bundle['dsseEnvelope'] as { signatures: { sig: string }[] };
      for (const signature of envelope.signatures) signature.sig = Buffer.from('no').toString('base64');
      return { ...asGh(bundle), verificationResult: { signature: { certificate: {} }, verifiedIdentity: {} } };
    });
    expect(exitCodeOf(await given(forged))).not.toBe(0);
  });

  it('are not hidden behind another bundle in the same entry', async () => {
    const [first] = bundles;
    const report = await given([{ ...asGh(first), mediaType: 'x', dsseEnvelope: {} }]);
    expect(exitCodeOf(report)).toBe(4);
  });

  it.each([
    ['not closed', '[{}'],
    ['followed by more', '[] []'],
    ['with a member twice', '[{"payload":"","payload":""}]'],
    ['too deep', `${'['.repeat(100)}${']'.repeat(100)}`],
    ['of too many', `[${Array.from({ length: 10_001 }, () => '{}').join(',')}]`],
  ])('are malformed where the array is %s', async (_, text) => {
    expect(exitCodeOf(await given(text))).toBe(4);
  });

  it('are missing where the array is empty', async () => {
    expect(exitCodeOf(await given('[]'))).toBe(3);
  });

  it('are no model.sig', async () => {
    writeFileSync(path.join(model, 'model.sig'), JSON.stringify(bundles));
    expect(exitCodeOf(await verify(model))).toBe(4);
  });

  it('are added to a store one by one', async () => {
    const store = path.join(dir, 'store');
    const added = await addToStore({ store, paths: [put(bundles.map(asGh))] });
    expect(added).toMatchObject({ added: bundles.length, refusals: 0 });
    expect(await addToStore({ store, paths: [put(bundles)] })).toMatchObject({ added: 0, refusals: 0 });
    for (const broken of ['[', '[]', '[null]'])
      expect(await addToStore({ store, paths: [put(broken)] })).toMatchObject({ added: 0, refusals: 1 });
  });
});
