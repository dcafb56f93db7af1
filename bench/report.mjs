import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const INTRODUCTION = `# Benchmarks

\`npm run bench -- --write\` writes this page, \`--only GROUP,GROUP\` the sections named. Every figure is of whole processes, start-up
included; ratios are the median of pairs run in turn, page cache warm. What misses its floor or limit is work still to be done.
`;

/** The machine and the date, for the line below each heading. */
export function setting({ gib, now }) {
  const [cpu, ...others] = cpus();
  return `${now.toISOString().slice(0, 10)}, ${others.length + 1} cores (${cpu.model.trim()}), Node ${process.version}, models of ${gib} GiB.`;
}

/** One section of the page: heading, setting, and a table for each kind of row. */
export function section(title, where, rows) {
  const tables = [comparisons(rows.filter((row) => 'ratio' in row)), timings(rows.filter((row) => !('ratio' in row)))];
  return [`## ${title}`, where, ...tables.filter((table) => table !== '')].join('\n\n');
}

function comparisons(rows) {
  return table(
    ['what', 'speed as a multiple of', 'ratio', 'floor', 'ours', 'theirs', 'peak memory', 'verdict'],
    rows.map((row) => [
      row.name,
      row.peer,
      `**${row.ratio.toFixed(2)}**`,
      row.floor,
      `${row.ours.toFixed(2)} s`,
      `${row.theirs.toFixed(2)} s`,
      `${row.megabytes.toFixed(0)} MB${row.memory === undefined ? '' : `, limit ${row.memory}`}`,
      verdict(
        row.floor === '-' ? undefined : row.ratio >= Number(row.floor),
        row.memory === undefined ? undefined : isWithin(row, row.memory),
      ),
    ]),
  );
}

function timings(rows) {
  return table(
    ['what', 'time', 'limit', 'peak memory', 'verdict'],
    rows.map((row) => [
      row.name,
      duration(row.seconds),
      row.limit,
      `${row.megabytes.toFixed(0)} MB`,
      verdict(row.limit === '-' ? undefined : isWithin(row, row.limit)),
    ]),
  );
}

const UNITS = {
  ms: ({ seconds }) => seconds * 1000,
  s: ({ seconds }) => seconds,
  MB: ({ megabytes }) => megabytes,
};

/** Whether a row stays within a limit such as `100 ms`, `2 s` or `300 MB`. */
function isWithin(row, limit) {
  const [, number, unit] = /^(\d+(?:\.\d+)?) (ms|s|MB)$/.exec(limit) ?? [];
  if (unit === undefined) throw new Error(`no limit: ${limit}`);
  return UNITS[unit](row) <= Number(number);
}

/** Of the conditions that there are, those that are undefined left out. */
function verdict(...conditions) {
  const asked = conditions.filter((condition) => condition !== undefined);
  if (asked.length === 0) return '-';
  return asked.every(Boolean) ? 'holds' : '**misses**';
}

function duration(seconds) {
  return seconds < 10 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
}

function table(head, rows) {
  if (rows.length === 0) return '';
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Puts sections in the place of those with the same heading, in the order of `titles`; what was not measured stays. */
export function writePage(file, titles, sections) {
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const kept = new Map(old.split(/^(?=## )/m).map((text) => [/^## (.*)/.exec(text)?.[1], text.trimEnd()]));
  const bodies = titles.map((title) => sections.get(title) ?? kept.get(title)).filter((text) => text !== undefined);
  writeFileSync(file, `${[INTRODUCTION.trimEnd(), ...bodies].join('\n\n')}\n`);
}
