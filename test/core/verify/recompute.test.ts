import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Check, exitCodeOf, type Report } from '../../../src/core/verify/index.ts';
import type { Actor, Family, Member } from '../../support/family.ts';
import { copyOf, sharedFamily, trusting } from './lineage-support.ts';
import { checksOf, tempFolder, verify } from './support.ts';

let family: Family & { readonly remove: () => void };

beforeAll(async () => {
  family = await sharedFamily();
}, 180_000);

afterAll(() => family.remove());

type Overrides = Parameters<typeof verify>[1];

/** `verify MODEL --key KEY --recompute --parent …`; a parent by the name of a member, or a path. */
function rebuild(model: string, parents: readonly string[], key: Actor = 'release', more: Overrides = {}) {
  const paths = parents.map((parent) => (path.isAbsolute(parent) ? parent : family.member(parent as Member)));
  return verify(model, { trust: trusting(family, key), recompute: { parents: paths }, ...more });
}

function only(report: Report, id: string): Check {
  const found = checksOf(report, id);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} checks ${id}`);
  return found[0];
}

const computed = (report: Report): Check => only(report, 'lineage.recompute');

/** Attests a folder as the release team would, and says that it was computed from these. */
function attested(folder: string, ...args: readonly string[]): Promise<string> {
  return family.stemma(
    'attest',
    folder,
    '--key',
    family.key('release'),
    '--no-source',
    '--no-parent-evidence',
    ...args,
  );
}

/** The weights and the configuration of a member, nothing that was signed about it. */
function unsigned(member: Member, ...files: readonly string[]): string {
  const copy = path.join(tempFolder(), member);
  for (const file of files.length > 0 ? files : ['model.safetensors'])
    cpSync(path.join(family.member(member), file), path.join(copy, file));
  return copy;
}

/** Flips the sign of the last value of the last tensor in a file. */
function flipLast(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0x80, bytes.length - 1);
  writeFileSync(file, bytes);
}

describe('a model computed from its parents', () => {
  it.each<readonly [Member, readonly Member[]]>([
    ['fp16', ['finetuned']],
    ['resharded', ['finetuned']],
    ['merged-gguf', ['merged']],
    ['merged', ['finetuned', 'finetuned-upright']],
    ['merged-slerp', ['finetuned-upright', 'finetuned']],
    ['adapter-merged', ['adapter', 'base']],
  ])('%s is bit for bit what %s give, in whatever order they are named', async (child, parents) => {
    const report = await rebuild(family.member(child), parents);

    expect(computed(report)).toMatchObject({ outcome: 'pass', required: true });
    expect(checksOf(report, 'lineage.parent')).toEqual([]);
    expect(report.rebuilt).toEqual([expect.objectContaining({ outcome: 'exact', tensors: 6, exact: 6, unequal: [] })]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it.each(['fast', 'full'] as const)('is computed with --%s as well', async (mode) => {
    const report = await rebuild(family.member('fp16'), ['finetuned'], 'release', { mode });

    expect({ code: exitCodeOf(report), outcome: computed(report).outcome }).toEqual({ code: 0, outcome: 'pass' });
  });

  it('says what that does not prove', async () => {
    const { skipped } = await rebuild(family.member('fp16'), ['finetuned']);

    expect(skipped.join('\n')).toMatch(/tokenizer.*\n.*benign/);
  });
});

describe('a child that is not what its signer says', () => {
  it('names the one weight that was flipped before it was signed', async () => {
    const child = unsigned('fp16');
    flipLast(path.join(child, 'model.safetensors'));
    await attested(child, '--base', 'converted-from=finetuned');
    const report = await rebuild(child, ['finetuned']);

    expect(only(report, 'match.identity').outcome).toBe('pass');
    expect(computed(report)).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(
        /^5 of 6 tensors .* "layers\.2\.weight": 1 value differs, most at index 319, where/,
      ),
    });
    expect(report.rebuilt?.[0]?.unequal).toEqual([
      expect.objectContaining({
        tensor: 'layers.2.weight',
        errors: expect.objectContaining({ differing: 1, worst: expect.objectContaining({ index: 319 }) }),
      }),
    ]);
    expect(exitCodeOf(report)).toBe(1);
  });

  it.each([
    ['other weights of the merge', ['merge_method=linear', 'weights=0.5,0.5'], 'fail', 1, /0 of 6/],
    ['another method', ['merge_method=slerp', 't=0.4'], 'fail', 1, /0 of 6/],
    ['no method', [], 'unknown', 3, /does not say/],
    ['a method that is not known', ['merge_method=ties'], 'unknown', 3, /"ties"/],
    ['weights whose sum is not 1', ['weights=0.6,0.6'], 'unknown', 3, /sum/],
  ] as const)('was signed with %s', async (_, parameters, outcome, code, message) => {
    const child = unsigned('merged');
    const parents = ['--base', 'merged-from=finetuned', '--base', 'merged-from=finetuned-upright'];
    await attested(child, ...parents, ...parameters.flatMap((parameter) => ['--param', parameter]));
    const report = await rebuild(child, ['finetuned', 'finetuned-upright']);

    expect(computed(report)).toMatchObject({ outcome, message: expect.stringMatching(message) });
    expect(exitCodeOf(report)).toBe(code);
  });

  it('is said to be computed from itself', async () => {
    const child = unsigned('merged');
    await attested(child, '--base', `converted-from=${child}`);
    const report = await rebuild(child, [child]);

    expect(computed(report).outcome).toBe('missing');
    expect(report.rebuilt).toEqual([]);
    expect(exitCodeOf(report)).not.toBe(0);
  });
});

describe('a parent is found by its bytes', () => {
  it('under whatever name', async () => {
    const elsewhere = path.join(tempFolder(), 'gpt-99');
    cpSync(family.member('finetuned'), elsewhere, { recursive: true });

    expect(exitCodeOf(await rebuild(family.member('fp16'), [elsewhere]))).toBe(0);
  });

  it.each<readonly [string, () => string]>([
    ['another model', () => family.member('base')],
    ['the child itself', () => family.member('fp16')],
    [
      'the parent with a flipped weight',
      () => {
        const copy = copyOf(family, 'finetuned');
        flipLast(path.join(copy, 'model.safetensors'));
        return copy;
      },
    ],
    [
      'the parent with one more file',
      () => {
        const copy = copyOf(family, 'finetuned');
        writeFileSync(path.join(copy, 'more.txt'), 'x');
        return copy;
      },
    ],
    ['one of its files', () => path.join(family.member('finetuned'), 'model.safetensors')],
  ])('so %s is none', async (_, parent) => {
    const report = await rebuild(family.member('fp16'), [parent()]);

    expect(only(report, 'lineage.parent')).toMatchObject({ outcome: 'fail', required: true });
    expect(computed(report)).toMatchObject({ outcome: 'missing', message: 'no --parent has the bytes of "finetuned"' });
    expect(exitCodeOf(report)).toBe(1);
  });

  it('and a stranger beside it fails, though everything was computed', async () => {
    const report = await rebuild(family.member('fp16'), ['finetuned', 'base']);

    expect(computed(report).outcome).toBe('pass');
    expect({ code: exitCodeOf(report), parent: only(report, 'lineage.parent').outcome }).toEqual({
      code: 1,
      parent: 'fail',
    });
  });

  it('and given twice it is read as one', async () => {
    expect(exitCodeOf(await rebuild(family.member('fp16'), ['finetuned', 'finetuned']))).toBe(0);
  });

  it('and one that is cut short is an error of its own', async () => {
    const copy = copyOf(family, 'finetuned');
    truncateSync(path.join(copy, 'model.safetensors'), 100);
    const report = await rebuild(family.member('fp16'), [copy]);

    expect(only(report, 'lineage.parent')).toMatchObject({ outcome: 'error', errorClass: 'malformed' });
    expect(exitCodeOf(report)).toBe(4);
  });

  it('and one that is not there is the caller’s mistake', async () => {
    const gone = path.join(family.dir, 'gone');

    await expect(rebuild(family.member('fp16'), [gone])).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });
});

describe('what is not computed never passes', () => {
  it.each(['ignore', 'opaque'] as const)('where the provenance is to %s weights that are vouched for', async (flag) => {
    const child = unsigned('fp16');
    cpSync(path.join(family.member('base'), 'model.safetensors'), path.join(child, 'more.safetensors'));
    const key = ['--key', family.key('release')];
    if (flag === 'ignore') await family.stemma('sign', child, ...key);
    await attested(child, '--base', 'converted-from=finetuned', `--${flag}`, 'more.safetensors', '--no-model-sig');
    const report = await rebuild(child, ['finetuned']);

    expect(only(report, 'match.identity').outcome).toBe('pass');
    expect(computed(report)).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/^not computed: the provenance leaves out "more\.safetensors"/),
    });
    expect(exitCodeOf(report)).toBe(3);
  });

  it.each(['ignore', 'opaque'] as const)('where the link is to a parent of which it %ss weights', async (flag) => {
    const child = unsigned('fp16');
    const parent = unsigned('finetuned');
    cpSync(path.join(family.member('base'), 'model.safetensors'), path.join(parent, 'more.safetensors'));
    await attested(parent, `--${flag}`, 'more.safetensors');
    await attested(child, '--base', `converted-from=${parent}`);
    const report = await rebuild(child, [parent]);

    expect(computed(report)).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/^not computed: the link to the parent leaves out "more\.safetensors"/),
    });
    expect(exitCodeOf(report)).toBe(3);
  });

  it('where weights of a format that is not read lie beside those that are', async () => {
    const child = unsigned('fp16');
    writeFileSync(path.join(child, 'pytorch_model.bin'), 'other weights');
    await attested(child, '--base', 'converted-from=finetuned');
    const report = await rebuild(child, ['finetuned']);

    expect(computed(report)).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/^not computed: "pytorch_model\.bin" may hold weights/),
    });
    expect(exitCodeOf(report)).toBe(3);
  });

  it('but nothing is asked of a file that nobody vouches for, and the report says so', async () => {
    const child = unsigned('fp16');
    cpSync(path.join(family.member('base'), 'model.safetensors'), path.join(child, 'more.safetensors'));
    await attested(child, '--base', 'converted-from=finetuned', '--ignore', 'more.safetensors');
    const report = await rebuild(child, ['finetuned']);

    expect(computed(report).outcome).toBe('pass');
    expect(report.notCovered).toEqual([expect.objectContaining({ path: 'more.safetensors' })]);
  });

  it('where one of two parents is missing', async () => {
    const report = await rebuild(family.member('merged'), ['finetuned']);

    expect(computed(report)).toMatchObject({
      outcome: 'missing',
      message: expect.stringMatching(/"finetuned-upright"$/),
    });
    expect(exitCodeOf(report)).toBe(3);
  });

  it.each<readonly [string, Member, readonly Member[], Actor, RegExp]>([
    ['training', 'finetuned', ['base'], 'trainer-one', /^finetuned-from is training/],
    ['the training of an adapter', 'adapter', ['base'], 'trainer-one', /^adapter-of is training/],
    ['a model without parents', 'base', [], 'publisher', /names no model/],
  ])('where the relation is %s', async (_, child, parents, key, message) => {
    const report = await rebuild(family.member(child), parents, key);

    expect(computed(report)).toMatchObject({
      outcome: 'skip',
      required: true,
      message: expect.stringMatching(message),
    });
    expect(exitCodeOf(report)).toBe(3);
  });

  it('where nobody who is trusted says so', async () => {
    const report = await rebuild(family.member('fp16'), ['finetuned'], 'trainer-two');

    expect(computed(report).outcome).toBe('missing');
    expect(only(report, 'lineage.parent').outcome).toBe('fail');
    expect(report.rebuilt).toEqual([]);
  });

  it('where more would be read than --max-bytes allows', async () => {
    const report = await rebuild(family.member('fp16'), ['finetuned'], 'release', { maxBytes: 20_000 });

    expect(computed(report)).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/--max-bytes 20000$/),
    });
    expect(exitCodeOf(report)).toBe(3);
  });

  it('where the child was changed after it was signed', async () => {
    const child = copyOf(family, 'fp16');
    flipLast(path.join(child, 'model.safetensors'));
    const report = await rebuild(child, ['finetuned']);

    expect(exitCodeOf(report)).toBe(1);
    expect(computed(report).outcome).toBe('missing');
  });

  it('without a signer', async () => {
    const question = rebuild(family.member('fp16'), ['finetuned'], 'release', { trust: [], integrityOnly: true });

    await expect(question).rejects.toMatchObject({ code: 'USAGE' });
  });
});
