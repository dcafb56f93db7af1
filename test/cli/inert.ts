import { expect } from 'vitest';

// Controls, lone surrogates, line and paragraph separators, and what hides or reorders other characters.
const ACTING =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

/** Fails where text would do more than be shown: in a terminal, in a log of GitHub Actions or of Azure Pipelines. */
export function expectInert(text: string): void {
  // Line feeds are ours.
  expect(ACTING.exec(text.replaceAll('\n', ' '))).toBeNull();
  expectNoLogCommands(text);
}

/** No line begins a workflow command, and the markers that count anywhere in a line are not there. */
export function expectNoLogCommands(text: string): void {
  for (const line of text.split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
  expect(text).not.toContain('##[');
  expect(text).not.toContain('##vso[');
}
