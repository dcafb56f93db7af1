/** A fenced block of a Markdown file. */
export interface Block {
  /** The word after the fence: `console`, `sh`, `json`; empty where there is none. */
  readonly language: string;
  /** Index of its first line in the file, after the fence. */
  readonly start: number;
  readonly lines: readonly string[];
}

export function fencedBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let open: { language: string; start: number } | undefined;
  for (const [i, line] of lines.entries()) {
    const fence = /^```(\w*)$/.exec(line);
    if (fence === null) continue;
    if (open === undefined) {
      open = { language: fence[1] ?? '', start: i + 1 };
    } else {
      blocks.push({ ...open, lines: lines.slice(open.start, i) });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`the block from line ${open.start} is not closed`);
  return blocks;
}

/** The commands of a `console` block, each with the output that the page shows for it. */
export function shownCommands(block: Block): { readonly command: string; readonly output: readonly string[] }[] {
  const shown: { command: string; output: string[] }[] = [];
  for (const line of block.lines) {
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2), output: [] });
    else if (shown.length === 0) throw new Error(`expected "$ COMMAND" at line ${block.start + 1}, found ${line}`);
    else shown.at(-1)?.output.push(line);
  }
  return shown;
}

/** Targets of the links outside of code, as written. */
export function linkTargets(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** The anchors that GitHub makes of the headings. */
export function headingAnchors(markdown: string): string[] {
  const headings = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The cells in the first column of every table, without their backticks. */
export function firstColumn(markdown: string): string[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => (line.split('|')[1] ?? '').trim().replaceAll('`', ''));
}
