import { cpSync, globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT, EXIT_OF_ERROR_CLASS } from '../../src/cli/exit-codes.ts';
import { ERROR_CLASSES, type ErrorCode } from '../../src/core/errors/index.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { firstColumn } from '../support/markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERROR_CLASSES, text);

describe('docs/error-codes.md', () => {
  const page = read('docs/error-codes.md');
  const documented = firstColumn(page).filter((cell) => /^[A-Z_]+$/.test(cell));

  it('lists every error code once, and no other', () => {
    expect(documented.toSorted()).toEqual([...Object.keys(ERROR_CLASSES), 'INTERNAL'].toSorted());
  });

  it('lists each code under the exit code of its class', () => {
    for (const section of page.split('\n## ').slice(1)) {
      const exitCode = /exit code (\d+)$/.exec(section.split('\n')[0] ?? '')?.[1];
      const codes = firstColumn(section).filter(isErrorCode);
      const expected = codes.map((code) => String(EXIT_OF_ERROR_CLASS[ERROR_CLASSES[code]]));
      if (exitCode !== undefined) expect(expected).toEqual(codes.map(() => exitCode));
    }
  });

  it('says in the rows of the last table what the class and the exit code are', () => {
    for (const row of page
      .split('\n## Others')[1]
      ?.split('\n')
      .filter((line) => line.startsWith('| `')) ?? []) {
      const [, code = '', errorClass = '', exitCode = ''] = row
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', ''));
      const real = isErrorCode(code) ? ERROR_CLASSES[code] : 'bug';
      expect([code, errorClass]).toEqual([code, real]);
      expect([code, Number(exitCode)]).toEqual([code, real === 'bug' ? EXIT.bug : EXIT_OF_ERROR_CLASS[real]]);
    }
  });
});

/** Ids as they stand in the sources of `verify`. */
function checkIds(): string[] {
  const sources = globSync('src/core/verify/**/*.ts', { cwd: ROOT }).map(read).join('\n');
  const steps = 'collect|authenticate|match|content|lineage|transparency|policy';
  return [
    ...new Set([...sources.matchAll(new RegExp(`'((?:${steps})\\.[a-z-]+)'`, 'g'))].map((match) => match[1] ?? '')),
  ];
}

describe('docs/json-output.md', () => {
  const page = read('docs/json-output.md');
  const verifySection = page.split('### `verify`')[1]?.split('\n### ')[0] ?? '';
  const others = page.split('### Other commands')[1] ?? '';
  const results = new Map<string, Readonly<Record<string, unknown>>>();

  beforeAll(async () => {
    const cwd = mkdtempSync(path.join(tmpdir(), 'stemma-docs-json-'));
    cpSync(path.join(ROOT, 'fixtures/digits'), cwd, { recursive: true });
    cpSync(path.join(ROOT, 'fixtures/keys/p256.key'), path.join(cwd, 'k.key'));
    cpSync(path.join(ROOT, 'fixtures/keys/p256.pub'), path.join(cwd, 'k.pub'));
    for (const line of [
      'attest finetuned --key k.key --base finetuned-from=base --dataset data-rotated --log logs/finetuned.jsonl --no-source',
      'verify finetuned --key k.pub --log logs/finetuned.jsonl --require provenance --expect-name finetuned',
      'run --key k.key --output made --input data --no-source -- cp -r base made',
      'evaluate fp16 --key k.key --dataset data/test.csv --metric test_accuracy --from-log logs/metrics.csv:3',
      'sign fp16 --key k.key',
      'digest resharded',
      'inspect gguf',
      'diff base finetuned',
      'prove file finetuned config.json -o config.proof.json',
      'check-proof config.proof.json --key k.pub',
      'demo',
    ]) {
      const [command = '', ...args] = line.split(' ');
      const { stdout } = await runStemma([command, ...args], { cwd, env: { STEMMA_JSON: '1' } });
      results.set(command, onlyDocument(stdout).result ?? {});
    }
  });

  it('lists every check id once, and no other', () => {
    const documented = firstColumn(verifySection).filter((cell) => cell.includes('.'));

    expect(documented.toSorted()).toEqual(checkIds().toSorted());
  });

  it('lists every member of the report in the order in which it comes, and no other', () => {
    const table = verifySection.split('\n\n').find((part) => part.startsWith('| member |')) ?? '';

    expect(firstColumn(table).slice(1)).toEqual(Object.keys(results.get('verify') ?? {}));
  });

  it('knows the members of a check, of its evidence and of the lists', () => {
    const report = results.get('verify') ?? {};
    const members = Object.values(report).flatMap((value) => keysOf(value));

    expect(members.length).toBeGreaterThan(10);
    expect(members.filter((member) => !verifySection.includes(`\`${member}\``))).toEqual([]);
  });

  it.each(['attest', 'run', 'evaluate', 'sign', 'digest', 'inspect', 'diff', 'prove', 'check-proof', 'demo'])(
    'lists every member of the result of %s',
    (name) => {
      const row = others.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      const members = Object.keys(results.get(name) ?? {});

      expect(members.length).toBeGreaterThan(1);
      expect(members.filter((member) => !row.includes(`\`${member}\``))).toEqual([]);
    },
  );
});

describe('docs/json-output.md, of the store', () => {
  it('lists every member of what its commands answer', async () => {
    const cwd = mkdtempSync(path.join(tmpdir(), 'stemma-docs-store-'));
    cpSync(path.join(ROOT, 'fixtures/digits'), cwd, { recursive: true });
    cpSync(path.join(ROOT, 'fixtures/keys/p256.key'), path.join(cwd, 'k.key'));
    const run = (line: string): ReturnType<typeof runStemma> =>
      runStemma(line.split(' '), { cwd, env: { STEMMA_JSON: '1', STEMMA_STORE: path.join(cwd, 'store') } });
    await run('attest base --key k.key --dataset data --no-source');
    writeFileSync(path.join(cwd, 'bad.jsonl'), 'nonsense\n');
    await run('store add base');
    await run('store import bad.jsonl');
    const page = read('docs/json-output.md').split('\n');
    for (const line of [
      'add base',
      'import bad.jsonl',
      'list',
      'find --type model',
      'descendants data --max-depth 1',
      'ancestors base',
      'export -o all.jsonl',
      'rebuild',
      'check',
    ]) {
      const name = `\`store ${line.split(' ')[0]}\``;
      const row = page.find((text) => text.startsWith('| ') && text.split('|')[1]?.includes(name)) ?? '';
      const members = keysOf(onlyDocument((await run(`store ${line}`)).stdout).result).filter(
        (member) => !/^(?:sha256|stemma.*)$/.test(member),
      );

      expect([name, members.length > 0]).toEqual([name, true]);
      expect([name, ...members.filter((member) => !row.includes(`\`${member}\``))]).toEqual([name]);
    }
  });
});

/** Names of the members of an object and of the objects in it, but not of digest sets. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...(key === 'digests' ? [] : keysOf(inner))]);
}

describe('CONTRIBUTING.md', () => {
  const page = read('CONTRIBUTING.md');
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

  it('explains every script but the parts of others', () => {
    const own = Object.keys(scripts).filter((name) => !/^(?:check|interop):|^(?:build|prepare)$/.test(name));

    expect(own.filter((name) => !new RegExp(`\`npm (?:run )?${name}[ \`]`).test(page))).toEqual([]);
  });

  it('names no script that is not there', () => {
    const named = [...page.matchAll(/`npm run ([a-z:]+)/g)].map((match) => match[1] ?? '');

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
