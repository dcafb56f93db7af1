import { lstatSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReportTargets, writeReport } from '../../src/cli/reports.ts';
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
