import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const INTRODUCTION = `# Benchmarks

\`npm run bench -- --write\` writes this page, \`--only GROUP,GROUP\` the sections named. Every figure is of whole processes, start-up
included; ratios are the median of pairs run in turn, page cache warm. A ratio below its floor is work still to be done.
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
    ['what', 'speed as a multiple of', 'ratio', 'floor', 'ours', 'theirs', 'peak memory'],
    rows.map((row) => [
      row.name,
      row.peer,
      `**${row.ratio.toFixed(2)}**`,
      row.floor,
      `${row.ours.toFixed(2)} s`,
      `${row.theirs.toFixed(2)} s`,
      `${row.megabytes.toFixed(0)} MB`,
    ]),
  );
}

function timings(rows) {
  return table(
    ['what', 'time', 'limit', 'peak memory'],
    rows.map((row) => [row.name, duration(row.seconds), row.limit, `${row.megabytes.toFixed(0)} MB`]),
  );
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
