import path from 'node:path';
import { quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';

const MAX_PATTERN = 1024;
/** `@(a|b)` and its like. */
const GROUP_MARKS = '@+*?!';

/**
 * A pattern for files below the working folder, as `node:fs` has them: `*`, `?`, `**`, `[…]`, `{a,b}`, and `\` before a character
 * that is to stand for itself. One that is not closed would match nothing, which shows only after the training.
 *
 * @throws StemmaError USAGE
 */
export function requirePattern(pattern: string): void {
  const problem = problemOf(pattern);
  if (problem === undefined) return;
  const message = `expected a pattern for files below the working folder, found ${quote(pattern, 80)}: ${problem}`;
  throw new StemmaError('USAGE', message, { hint: "for example --checkpoint-glob 'out/ckpt-*.safetensors'" });
}

function problemOf(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty';
  if (pattern.length > MAX_PATTERN) return `it has more than ${MAX_PATTERN} characters`;
  if (pattern.includes('\0')) return 'it holds a NUL';
  if (path.isAbsolute(pattern)) return 'it is absolute';
  if (pattern.split('/').includes('..')) return 'it leads upwards';
  if (pattern.endsWith('/')) return 'it means folders';
  const open = unclosed(pattern);
  return open === undefined ? undefined : `its ${open} is not closed`;
}

/** The first bracket that is not closed. */
function unclosed(pattern: string): string | undefined {
  const open: string[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '\\') at++;
    else if (char === '[') {
      const end = endOfClass(pattern, at);
      if (end === undefined) return '[';
      at = end;
    } else if (char === '{') open.push(char);
    else if (char === '(' && at > 0 && GROUP_MARKS.includes(pattern.charAt(at - 1))) open.push(char);
    else if ((char === '}' && open.at(-1) === '{') || (char === ')' && open.at(-1) === '(')) open.pop();
  }
  return open[0];
}

/** Where `[…]` ends: a `]` that comes first in it stands for itself, and it holds no `/`. */
function endOfClass(pattern: string, start: number): number | undefined {
  const first = '!^'.includes(pattern.charAt(start + 1) || 'x') ? start + 2 : start + 1;
  const end = pattern.indexOf(']', first + 1);
  const slash = pattern.indexOf('/', first);
  return end < 0 || (slash >= 0 && slash < end) ? undefined : end;
}
