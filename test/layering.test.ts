import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const OXLINT = path.join(ROOT, 'node_modules/.bin/oxlint');

/** Rooms that a web page is to load (design §6): the verifier's pure part. */
const PURE = [
  'bytes',
  'errors',
  'progress',
  'merkle',
  'records',
  'attestation',
  'model/formats',
  'ipfs/unixfs',
  'ipfs/read',
  'log/c2sp',
  'verify/checks',
];

let house: string;

beforeAll(() => {
  house = mkdtempSync(path.join(os.tmpdir(), 'stemma-layering-'));
  cpSync(path.join(ROOT, '.oxlintrc.json'), path.join(house, '.oxlintrc.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(house, 'node_modules'));
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

/** What the project's own lint says of one planted line, in a house with the same rooms. */
function lint(file: string, line: string): string {
  const target = path.join(house, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `${line}\n`);
  try {
    return execFileSync(OXLINT, ['-f', 'unix', file], { cwd: house, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(target);
  }
}

describe('the import rules of design §6', () => {
  it.each([
    ['src/core/merkle/x.ts', "import { readFileSync } from 'node:fs'; export const y = readFileSync;"],
    ['src/core/attestation/x.ts', "import { createHash } from 'node:crypto'; export const y = createHash;"],
    ['src/core/model/formats/x.ts', "import { open } from 'node:fs/promises'; export const y = open;"],
    ['src/core/verify/checks/x.ts', "import { sha256 } from '../../digest/index.ts'; export const y = sha256;"],
    ['src/core/verify/checks/x.ts', "import { readFileSync } from 'node:fs'; export const y = readFileSync;"],
    ['src/core/records/x.ts', "import { sha256 } from '../digest/index.ts'; export const y = sha256;"],
    ['src/core/bytes/x.ts', "import { sha256 } from '../digest/index.ts'; export const y = sha256;"],
    ['src/core/digest/x.ts', "import { walkModel } from '../model/index.ts'; export const y = walkModel;"],
    ['src/core/keys/x.ts', "import { verifyModel } from '../verify/index.ts'; export const y = verifyModel;"],
    ['src/core/attest/x.ts', "import { verifyModel } from '../verify/index.ts'; export const y = verifyModel;"],
    ['src/core/verify/x.ts', "import { checkProofs } from '../proof/index.ts'; export const y = checkProofs;"],
    [
      'src/core/proof/x.ts',
      "import { authenticate } from '../verify/checks/authenticate.ts'; export const y = authenticate;",
    ],
    ['src/core/verify/x.ts', "import { attestModel } from '../attest/index.ts'; export const y = attestModel;"],
    ['src/core/model/x.ts', "import { pae } from '../attestation/dsse.ts'; export const y = pae;"],
    ['src/core/lineage/x.ts', "import { evaluatePolicy } from '../policy/index.ts'; export const y = evaluatePolicy;"],
    ['src/core/policy/x.ts', "import { verifyModel } from '../verify/index.ts'; export const y = verifyModel;"],
    ['src/core/policy/x.ts', "import { readFileSync } from 'node:fs'; export const y = readFileSync;"],
    ['src/core/ipfs/cid.ts', "import { readFileSync } from 'node:fs'; export const y = readFileSync;"],
    ['src/core/ipfs/read/x.ts', "import { sha256 } from '../../digest/index.ts'; export const y = sha256;"],
    ['src/core/ipfs/car/stream.ts', "import { sha256 } from '../../digest/index.ts'; export const y = sha256;"],
    ['src/core/ipfs/x.ts', "import { verifyModel } from '../verify/index.ts'; export const y = verifyModel;"],
    ['src/core/model/walk/x.ts', "import { pae } from '../../attestation/dsse.ts'; export const y = pae;"],
    ['src/core/keys/x.ts', "import { Command } from '@oclif/core'; export const y = Command;"],
    ['src/core/verify/x.ts', "import { BaseCommand } from '../../cli/index.ts'; export const y = BaseCommand;"],
    ['src/cli/x.ts', "import { Verify } from '../commands/verify.ts'; export const y = Verify;"],
    ['src/commands/x.ts', "import { pae } from '../core/attestation/dsse.ts'; export const y = pae;"],
  ])('refuse in %s: %s', (file, line) => {
    const said = lint(file, line);

    expect(said).toContain('no-restricted-imports');
  });

  it.each([
    ['console.log(1);', 'no-console'],
    ['export const y = process.env;', 'no-process-env'],
    ['export const y = Date.now();', 'no-restricted-properties'],
    ['export const y = Math.random();', 'no-restricted-properties'],
    ['export const y = fetch;', 'no-restricted-globals'],
  ])('refuse in core: %s', (line, rule) => {
    expect(lint('src/core/model/x.ts', line)).toContain(rule);
  });

  it('let a room import a lower one through its index', () => {
    const said = lint(
      'src/core/verify/x.ts',
      "import { walkModel } from '../model/index.ts'; export const y = walkModel;",
    );

    expect(said).not.toContain('no-restricted-imports');
  });
});

/** Value imports of a source file; types vanish when it is compiled. */
function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)\s*from\s+'([^']+)'/gms);
  return [...statements].flatMap(([, names = '', target = '']) => {
    const listed = /\{([^}]*)\}/s
      .exec(names)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const onlyTypes = listed !== undefined && listed.length > 0 && listed.every((name) => name.startsWith('type '));
    return onlyTypes ? [] : [target];
  });
}

describe('the pure rooms', () => {
  it('reach no module that a browser lacks, however far their imports are followed', () => {
    const queue = PURE.flatMap((room) =>
      globSync('**/*.ts', { cwd: path.join(ROOT, 'src/core', room) }).map((file) =>
        path.join(ROOT, 'src/core', room, file),
      ),
    );
    const seen = new Set<string>(queue);
    const foreign = new Set<string>();
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      for (const target of imports(file)) {
        if (!target.startsWith('.')) {
          foreign.add(target);
          continue;
        }
        const resolved = path.resolve(path.dirname(file), target);
        if (!seen.has(resolved)) queue.push(resolved);
        seen.add(resolved);
      }
    }

    expect([...foreign].filter((name) => !/^(?:zod|yaml|re2js|@noble\/|multiformats\/)/.test(name))).toEqual([]);
    expect(seen.size).toBeGreaterThan(40);
  });

  it('of core take the time from outside', () => {
    const clocks = globSync('**/*.ts', { cwd: path.join(ROOT, 'src/core') }).filter((file) =>
      /^(?! \*).*new Date\(\)/m.test(readFileSync(path.join(ROOT, 'src/core', file), 'utf8')),
    );

    expect(clocks).toEqual([]);
  });
});
