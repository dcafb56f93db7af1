import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReportTargets, requireOutside, writeReport } from '../../src/cli/reports.ts';
import { plainEnvironment } from '../support/cli.ts';
import { hostileReport } from './hostile-report.ts';

const report = hostileReport();

describe('--report', () => {
  it('reads formats with a path, which may hold an equals sign, and github', () => {
    expect(parseReportTargets(['json=a=b.json', 'github'])).toEqual([
      { format: 'json', path: 'a=b.json' },
      { format: 'github' },
    ]);
    expect(parseReportTargets(undefined)).toEqual([]);
  });

  it.each(['', 'json', 'json=', 'html=a', 'github=a', 'JSON=a', '=a', 'constructor=a', '__proto__=a'])(
    'refuses %j as usage',
    (value) => {
      expect(() => parseReportTargets([value])).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );

  it('refuses two reports in one file', () => {
    expect(() => parseReportTargets(['json=a', 'sarif=./a'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('writes the whole file and leaves nothing else', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));

    await writeReport(report, { format: 'json', path: path.join(folder, 'r.json') });

    expect(readdirSync(folder)).toEqual(['r.json']);
    expect(JSON.parse(readFileSync(path.join(folder, 'r.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('makes the folder of a report', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));

    await writeReport(report, { format: 'junit', path: path.join(folder, 'a', 'b', 'r.xml') });

    expect(readdirSync(path.join(folder, 'a', 'b'))).toEqual(['r.xml']);
  });

  it('does not write through a symbolic link', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
    writeFileSync(path.join(folder, 'victim'), 'untouched');
    symlinkSync('victim', path.join(folder, 'r.json'));

    const written = writeReport(report, { format: 'json', path: path.join(folder, 'r.json') });

    await expect(written).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
    expect(readFileSync(path.join(folder, 'victim'), 'utf8')).toBe('untouched');
    expect(lstatSync(path.join(folder, 'r.json')).isSymbolicLink()).toBe(true);
  });

  it.each(['link to a pipe', 'link to nothing', 'link to standard output'])(
    'does not write through a %s either',
    async (kind) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
      execFileSync('mkfifo', [path.join(folder, 'pipe')]);
      const to = { 'link to a pipe': 'pipe', 'link to nothing': 'absent' }[kind] ?? '/dev/stdout';
      symlinkSync(to, path.join(folder, 'r.json'));

      const written = writeReport(report, { format: 'json', path: path.join(folder, 'r.json') });

      await expect(written).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
      expect(lstatSync(path.join(folder, 'r.json')).isSymbolicLink()).toBe(true);
      expect(readdirSync(folder)).toEqual(['pipe', 'r.json']);
    },
  );

  it('is written into a pipe, which stays one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);

    const [text] = await Promise.all([readFile(pipe, 'utf8'), writeReport(report, { format: 'json', path: pipe })]);

    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(['pipe']);
  });

  it('is not written into a socket, which stays one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
    const socket = path.join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');

    const written = writeReport(report, { format: 'json', path: socket });

    await expect(written).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
    expect(lstatSync(socket).isSocket()).toBe(true);
    server.close();
  });

  it.each(['/dev/stdout', '/proc/self/fd/1', '/dev/fd/1'])(
    'is written to %s, before the answer and not over it',
    async (place) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
      const out = openSync(path.join(folder, 'out'), 'w');
      const script = path.resolve(import.meta.dirname, 'harness/run.ts');
      spawnSync(process.execPath, [script, 'report', '--report', `junit=${place}`, '--quiet'], {
        env: plainEnvironment(),
        stdio: ['ignore', out, 'ignore'],
      });
      closeSync(out);

      const text = readFileSync(path.join(folder, 'out'), 'utf8');
      expect(text).toMatch(/^<\?xml [^]*<\/testsuites?>\n[^]*FAIL/);
    },
  );

  it.each(['m/r.json', 'm/sub/new/r.json', 'm/config.json', 'm', 'm.sig', 'm.attestations.jsonl', 'alias/r.json'])(
    'cannot go to %s, which is the model m or in it',
    (place) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
      mkdirSync(path.join(folder, 'm'));
      symlinkSync('m', path.join(folder, 'alias'));
      const targets = parseReportTargets([`json=${path.join(folder, place)}`]);

      expect(() => requireOutside(path.join(folder, 'm'), targets)).toThrow(expect.objectContaining({ code: 'USAGE' }));
      expect(() => requireOutside(path.join(folder, 'alias', '..', 'm'), targets)).toThrow(
        expect.objectContaining({ code: 'USAGE' }),
      );
    },
  );

  it.each(['model.gguf', 'model.gguf.sig', 'model.gguf.manifest.jsonl'])(
    'cannot go to %s, which is the model model.gguf or its evidence',
    (place) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
      writeFileSync(path.join(folder, 'model.gguf'), '');
      const targets = parseReportTargets([`json=${path.join(folder, place)}`]);

      expect(() => requireOutside(path.join(folder, 'model.gguf'), targets)).toThrow(
        expect.objectContaining({ code: 'USAGE' }),
      );
    },
  );

  it('may go beside the model', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
    mkdirSync(path.join(folder, 'm'));
    const targets = parseReportTargets([`json=${path.join(folder, 'm.json')}`, `sarif=${folder}/mm/r`, 'github']);

    expect(() => requireOutside(path.join(folder, 'm'), targets)).not.toThrow();
  });

  it('fails with a code and leaves nothing where the file cannot be written', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-report-'));
    writeFileSync(path.join(folder, 'file'), '');

    // A folder that cannot be made.
    const below = writeReport(report, { format: 'junit', path: path.join(folder, 'file', 'r.xml') });
    await expect(below).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
    // A folder in the place of the file.
    const taken = writeReport(report, { format: 'junit', path: folder });
    await expect(taken).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));

    expect(readdirSync(folder)).toEqual(['file']);
    expect(readdirSync(path.dirname(folder)).filter((file) => file.includes(`.${path.basename(folder)}.`))).toEqual([]);
  });
});
