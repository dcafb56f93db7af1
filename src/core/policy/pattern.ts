import { RE2JS } from 're2js';

/** Matches a whole text, in time that grows with its length alone. */
export type TextPattern = (text: string) => boolean;

/** Instructions times characters bound the work: a million take a fifth of a second. */
const MAX_PROGRAM = 1000;
const MAX_TEXT = 1024;

/**
 * A regular expression in the syntax of RE2, which has no backtracking; it must match the whole text, and no text of more than
 * 1,024 characters does.
 *
 * @returns why it is none, where it is none
 */
export function compileRegex(source: string): TextPattern | { readonly problem: string } {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, RE2JS.DOTALL);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'not a regular expression' };
  }
  if (compiled.programSize() > MAX_PROGRAM) return { problem: 'too large: use fewer or smaller repetitions' };
  return (text) => text.length <= MAX_TEXT && compiled.matches(text);
}

/** `*` is any run without `/`, `**` any run, `?` one character that is no `/`; everything else stands for itself. */
export function compileGlob(glob: string): TextPattern {
  const parts = glob.split(/(\*\*|\*|\?)/).map((part) => {
    if (part === '**') return '(?:.*)';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : RE2JS.quote(part);
  });
  const compiled = RE2JS.compile(parts.join(''), RE2JS.DOTALL);
  return (text) => text.length <= MAX_TEXT && compiled.matches(text);
}
