import { createHash } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest/index.ts';
import { leafHash, merkleRoot, verifyInclusion } from '../../src/core/merkle/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { attest, MODEL_LINE, type Scene, signOms } from './support/scene.ts';
import { resign, sign, statementOf } from './support/signed.ts';

/** The manifest edited, and the model statement signed anew so that it names the edited one. */
const signedManifest = (edit: (lines: string[]) => string[]) => async (scene: Scene) => {
  const lines = scene.read('model.manifest.jsonl').toString('utf8').trimEnd().split('\n');
  const text = `${edit(lines).join('\n')}\n`;
  scene.write('model.manifest.jsonl', text);
  const digest = createHash('sha256').update(text).digest('hex');
  const line = await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => {
    predicate['manifest'] = { sha256: digest };
  });
  scene.onlyLines(line);
  return ['--key', TRAINER, '--require', 'manifest'];
};

const isFile = (line: string): boolean => line.includes('"type":"file"');
const pathOf = (line: string): string => (JSON.parse(line) as { path: string }).path;

/** Files with their segments, so that they can be put into another order. */
function blocks(lines: readonly string[]): {
  readonly head: string[];
  readonly files: string[][];
  readonly rest: string[];
} {
  const first = lines.findIndex(isFile);
  const last = lines.findLastIndex((line) => /"type":"(?:file|segment)"/.test(line)) + 1;
  const files: string[][] = [];
  for (const line of lines.slice(first, last)) {
    if (isFile(line)) files.push([line]);
    else files.at(-1)?.push(line);
  }
  return { head: lines.slice(0, first), files, rest: lines.slice(last) };
}

const malformedManifest = (title: string, edit: (lines: string[]) => string[]): AttackCase => ({
  row: 39,
  title,
  build: signedManifest(edit),
  exit: 4,
  check: 'content.manifest',
});

const manifests: AttackCase[] = [
  malformedManifest('a path twice', (lines) => {
    const { head, files, rest } = blocks(lines);
    return [...head, ...(files[0] ?? []), ...files.flat(), ...rest];
  }),
  malformedManifest('paths out of order', (lines) => {
    const { head, files, rest } = blocks(lines);
    return [...head, ...files.toReversed().flat(), ...rest];
  }),
  malformedManifest('no header', (lines) => lines.slice(1)),
  malformedManifest('a member twice', (lines) => lines.map((line) => line.replace('{', '{"type":"file",'))),
  malformedManifest('not JSON', (lines) => [...lines, '{']),
  ...['../x', '/etc/passwd', 'a/../../x', 'C:\\x', '\\\\host\\x', 'a\\..\\b', 'con', 'x.', 'x:ads', ''].map(
    (name): AttackCase => ({
      ...malformedManifest(`a file named ${JSON.stringify(name)}`, (lines) =>
        lines.map((line) =>
          isFile(line) && pathOf(line) === 'config.json' ? line.replace('"config.json"', JSON.stringify(name)) : line,
        ),
      ),
      row: 55,
    }),
  ),
  {
    row: 39,
    title: 'a manifest that lacks a file, named by its signer',
    build: signedManifest((lines) => {
      const { head, files, rest } = blocks(lines);
      return [...head, ...files.slice(1).flat(), ...rest];
    }),
    exit: 4,
    check: 'content.manifest',
  },
  {
    row: 39,
    title: 'names that differ only by case',
    build: async (scene) => {
      scene.write('README.MD', 'another');
      await scene.attestAnew();
    },
    exit: 0,
    says: /case/,
  },
  {
    row: 39,
    title: 'names that differ only by their Unicode form',
    build: async (scene) => {
      scene.write('caf\u00e9.txt', 'composed');
      scene.write('cafe\u0301.txt', 'decomposed');
      await scene.attestAnew();
    },
    exit: 0,
    says: /caf/,
  },
  {
    row: '+',
    title: 'the manifest of another model',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      renameSync(`${base}/model.manifest.jsonl`, scene.in('model.manifest.jsonl'));
      return ['--key', TRAINER, '--require', 'manifest'];
    },
    exit: 3,
    check: 'content.manifest',
  },
  {
    row: '+',
    title: 'the manifest of another model, signed for as this one’s',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      renameSync(`${base}/model.manifest.jsonl`, scene.in('model.manifest.jsonl'));
      return signedManifest((lines) => lines)(scene);
    },
    exit: 1,
    check: 'content.manifest',
    says: /roots are not those of the statement/,
  },
  {
    row: '+',
    title: 'another manifest, where none is required',
    build: (scene) => scene.write('model.manifest.jsonl', '{}\n'),
    exit: 0,
    check: 'content.manifest',
    outcome: 'skip',
    says: /another manifest/,
  },
];

const changedFiles: AttackCase[] = [
  {
    row: 40,
    title: 'a renamed file',
    build: (scene) => renameSync(scene.in('config.json'), scene.in('configuration.json')),
    exit: 1,
    says: /"path":"configuration\.json","change":"renamed","from":"config\.json"/,
  },
  ...(['--fast', '--full'] as const).map(
    (mode): AttackCase => ({
      row: 40,
      title: `a renamed file under ${mode}`,
      build: (scene) => {
        renameSync(scene.in('config.json'), scene.in('configuration.json'));
        return ['--key', TRAINER, mode];
      },
      exit: 1,
      says: /configuration\.json/,
    }),
  ),
  ...(['', '--fast', '--full'] as const).map(
    (mode): AttackCase => ({
      row: 40,
      title: `two files of one size swapped ${mode}`,
      build: async (scene) => {
        scene.write('a.bin', 'first');
        scene.write('b.bin', 'other');
        await scene.attestAnew();
        scene.write('a.bin', 'other');
        scene.write('b.bin', 'first');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /a\.bin.*b\.bin/,
    }),
  ),
  ...(['', '--fast', '--full'] as const).flatMap((mode): AttackCase[] => [
    {
      row: 40,
      title: `an empty file added ${mode}`,
      build: (scene) => {
        scene.write('empty', '');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /"path":"empty","change":"added"/,
    },
    {
      row: 40,
      title: `an empty file removed ${mode}`,
      build: async (scene) => {
        scene.write('empty', '');
        await scene.attestAnew();
        scene.remove('empty');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /"path":"empty","change":"missing"/,
    },
    {
      row: 41,
      title: `an extra hidden file ${mode}`,
      build: (scene) => {
        scene.write('.hidden', 'x');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /"path":"\.hidden","change":"added"/,
    },
  ]),
  {
    row: 41,
    title: 'an extra file under a path that the signer ignores',
    build: async (scene) => {
      await scene.attestAnew({ ignore: ['notes'] });
      scene.write('notes/extra.txt', 'x');
    },
    exit: 0,
    says: /"notCovered":\[\{"path":"notes\/extra\.txt"/,
  },
  {
    row: 41,
    title: 'an extra file in a folder whose name begins like an ignored one',
    build: async (scene) => {
      await scene.attestAnew({ ignore: ['notes'] });
      scene.write('notes2/extra.txt', 'x');
    },
    exit: 1,
  },
];

const subjects: AttackCase[] = [
  {
    row: 42,
    title: 'a statement about another model, in the side file',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      scene.remove('model.sig', 'model.manifest.jsonl');
      renameSync(`${base}/model.attestations.jsonl`, scene.in('model.attestations.jsonl'));
    },
    exit: 1,
  },
  {
    row: 42,
    title: 'a statement about another model, by --attestations',
    build: async (scene) => {
      scene.remove('model.sig', 'model.manifest.jsonl', 'model.attestations.jsonl');
      const base = scene.other('base', 'base');
      await attest(base);
      return ['--key', TRAINER, '--attestations', `${base}/model.attestations.jsonl`];
    },
    exit: 3,
    says: /another model/,
  },
  {
    row: 42,
    title: 'the signature of another model, by --signature',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await signOms(base);
      return ['--key', TRAINER, '--signature', `${base}/model.sig`];
    },
    exit: 1,
  },
  {
    row: 42,
    title: 'no subject',
    build: async (scene) =>
      scene.onlyLines(await resign(scene.line(MODEL_LINE), trainer, (statement) => void (statement.subject = []))),
    exit: 4,
  },
  {
    row: 42,
    title: 'a million subjects',
    build: async (scene) => {
      const statement = statementOf(scene.line(MODEL_LINE));
      const [subject] = statement.subject;
      const many = Array.from({ length: 1_000_000 }, () => '{"digest":{"sha1":"00"}}').join(',');
      const text = JSON.stringify({ ...statement, subject: [] }).replace(
        '"subject":[]',
        `"subject":[${JSON.stringify(subject)},${many}]`,
      );
      scene.onlyLines(await sign(text, trainer));
    },
    exit: 4,
    says: /subject/,
  },
];

const ignores: AttackCase[] = [
  ...['.stemmaignore', '.gitignore', '.gitattributes', 'model.ignore'].map(
    (name): AttackCase => ({
      row: 43,
      title: `an ignore list in ${name}, signed by nobody`,
      build: (scene) => {
        scene.write(name, '*\nextra.bin\nextra.bin filter=lfs\n');
        scene.write('extra.bin', 'x');
      },
      exit: 1,
      says: /extra\.bin/,
    }),
  ),
  {
    row: 43,
    title: 'ignores beside the statement instead of in it',
    build: async (scene) => {
      scene.write('extra.bin', 'x');
      const line = await resign(scene.line(MODEL_LINE), trainer, (statement) =>
        Object.assign(statement, { ignored: ['extra.bin'], annotations: { ignored: ['extra.bin'] } }),
      );
      scene.onlyLines(line);
    },
    exit: 1,
  },
  {
    row: 43,
    title: 'the caller’s own ignore, which is listed',
    build: (scene) => {
      scene.write('config.json', '{}');
      return ['--key', TRAINER, '--ignore', 'config.json'];
    },
    exit: 0,
    says: /"path":"config\.json","because":"ignored by the caller"/,
  },
  {
    row: 43,
    title: 'an expected digest of bytes that the caller ignores',
    build: (scene) => {
      const [subject] = statementOf(scene.line(MODEL_LINE)).subject;
      scene.remove('model.sig');
      scene.write('config.json', '{}');
      const expected = `stemmaFileTreeV1:${subject?.digest['stemmaFileTreeV1']}`;
      return ['--key', TRAINER, '--ignore', 'config.json', '--expect', expected];
    },
    exit: 3,
    check: 'match.expect',
    outcome: 'unknown',
    also: ({ verified, subject }) => expect([verified, subject.digests]).toEqual([[], {}]),
  },
  {
    row: 43,
    title: 'a caller who ignores everything',
    build: () => [
      '--key',
      TRAINER,
      '--ignore',
      'config.json',
      '--ignore',
      'README.md',
      '--ignore',
      'model.safetensors',
    ],
    exit: 3,
    outcome: 'unknown',
  },
  {
    row: 43,
    title: 'a caller who ignores everything, with the model statement alone',
    build: (scene) => {
      scene.remove('model.sig');
      return ['--key', TRAINER, '--ignore', 'config.json', '--ignore', 'README.md', '--ignore', 'model.safetensors'];
    },
    exit: 3,
    outcome: 'unknown',
  },
  ...['**', '*.bin', 'a?', '[ab]'].map(
    (glob): AttackCase => ({
      row: 43,
      title: `${glob} in a signed ignore list`,
      build: async (scene) => {
        const line = await resign(scene.read('model.sig').toString('utf8'), trainer, ({ predicate }) => {
          (predicate['serialization'] as { ignore_paths: string[] }).ignore_paths.push(glob);
        });
        scene.onlySignature(line);
      },
      exit: 4,
    }),
  ),
  {
    row: 43,
    title: '** in the ignore list of a model statement',
    build: async (scene) =>
      scene.onlyLines(
        await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => void (predicate['ignored'] = ['**'])),
      ),
    exit: 4,
  },
  ...['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'].flatMap((name) =>
    (['', '--fast', '--full'] as const)
      // --fast compares no OMS statement, and the folder stands in place of the other ones.
      .filter((mode) => mode !== '--fast' || name !== 'model.attestations.jsonl')
      .map(
        (mode): AttackCase => ({
          row: 43,
          title: `a folder named ${name} ${mode}`,
          build: (scene) => {
            scene.remove(name);
            mkdirSync(scene.in(name));
            scene.write(`${name}/payload.bin`, 'hidden here');
            return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
          },
          exit: 1,
          says: /is a folder/,
        }),
      ),
  ),
  {
    row: 43,
    title: 'an empty folder named model.sig and no other evidence',
    build: (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      mkdirSync(scene.in('model.sig'));
    },
    exit: 1,
    says: /is a folder/,
  },
];

describeAttacks('manifest, subjects and ignores', [...manifests, ...changedFiles, ...subjects, ...ignores]);

describe('rows 33 to 38, which verify meets only through these functions (test/core/merkle has them in full)', () => {
  const data = Array.from({ length: 3 }, (_, index) => Uint8Array.of(index));
  const [a, b, c] = data.map((leaf) => leafHash(sha256, leaf)) as [Uint8Array, Uint8Array, Uint8Array];
  const root = merkleRoot(sha256, [a, b, c]);
  const claim = { index: 0n, size: 3n, leafHash: a, proof: [b, c], root };
  const inner = sha256(Buffer.concat([Uint8Array.of(1), a, b]));

  it('accepts the proof that the rows below spoil', () => {
    expect(verifyInclusion(sha256, claim)).toBe(true);
  });

  it.each([
    [33, 'an inner node as a leaf', { leafHash: inner, proof: [c] }],
    [
      33,
      'the 64 bytes below an inner node as leaf data',
      { size: 2n, leafHash: leafHash(sha256, Buffer.concat([a, b])), proof: [c] },
    ],
    [34, 'a proof that is too short', { proof: [b] }],
    [34, 'a proof that is too long', { proof: [b, c, c] }],
    [34, 'swapped siblings', { proof: [c, b] }],
    [34, 'the right proof for another index', { index: 1n }],
    [35, 'a node of 31 bytes', { proof: [b.subarray(1), c] }],
    [35, 'a node of 33 bytes', { proof: [Buffer.concat([b, Uint8Array.of(0)]), c] }],
    [35, 'an empty root', { root: new Uint8Array() }],
    [35, 'an empty leaf hash', { leafHash: new Uint8Array() }],
    [36, 'an index beyond the tree', { index: 3n }],
    [36, 'an empty tree', { size: 0n, proof: [] }],
    [36, 'a negative index', { index: -1n }],
    [36, 'a size beyond u64', { size: 2n ** 64n + 3n }],
  ])('row %i: refuses %s', (_row, _title, spoilt) => {
    expect(verifyInclusion(sha256, { ...claim, ...spoilt })).toBe(false);
  });

  it('row 37: gives the tree whose last leaf is doubled another root', () => {
    expect(merkleRoot(sha256, [a, b, c, c])).not.toEqual(root);
  });
});

const sampled: AttackCase[] = ['--fast', '--full', '--sample=1%'].map((mode) => ({
  row: 38 as const,
  title: `nothing left to compare under ${mode}`,
  build: () => [
    '--key',
    TRAINER,
    mode,
    ...(mode.startsWith('--sample') ? ['--accept-sample'] : []),
    ...['config.json', 'README.md', 'model.safetensors'].flatMap((name) => ['--ignore', name]),
  ],
  exit: 3 as const,
  outcome: 'unknown' as const,
}));

describeAttacks('nothing is never enough', sampled);
