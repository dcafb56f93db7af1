import { styleText } from 'node:util';
import { escapeText } from '../../core/bytes/index.ts';

/** How text for people is written: decided once from the terminal and the flags, then passed to every renderer. */
export interface Look {
  readonly color: boolean;
  /** Whether `✔ ✖ – ?` can be shown; otherwise ASCII stands in. */
  readonly unicode: boolean;
  /** Full digests and every check instead of the short view. */
  readonly verbose: boolean;
  /** Every requirement of a policy, with the evidence that was looked at. */
  readonly explain?: boolean;
}

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'bold';

const FORMATS = { good: 'green', bad: 'red', warn: 'yellow', dim: 'dim', bold: 'bold' } as const;

/** Colours text that is already escaped; without colour, the text as it is. */
export function paint(look: Look, tone: Tone, text: string): string {
  return look.color ? styleText(FORMATS[tone], text, { validateStream: false }) : text;
}

/** `##[` and `##vso[` are commands to CI runners wherever they stand in a line. */
const breakMarkers = (text: string): string => text.replaceAll('##', '#\\x23');

/** An untrusted name (file, tensor, key, signer), escaped so that two different names never look alike. */
export function name(text: string, maxLength?: number): string {
  return breakMarkers(escapeText(text, maxLength));
}

/** The path of a file or a tensor set in a model; a single-file model has no path in itself. */
export function pathText(path: string): string {
  return path === '' ? 'the file' : name(path);
}

/**
 * A sentence that may hold untrusted text, some of it escaped already by `quote`: backslashes are left alone, so that
 * escaping twice does not double them, and everything that a terminal or a CI log interprets is escaped.
 */
export function prose(text: string, maxLength: number = 2000): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  const parts = cut.split('\\').map((part) => escapeText(part, Number.POSITIVE_INFINITY));
  return breakMarkers(parts.join('\\'));
}

/** At most 12 hex digits of a digest unless everything was asked for (docs/json-output.md has the full values). */
export function shortHex(hex: string, look: Look): string {
  return look.verbose || hex.length <= 12 ? name(hex) : name(hex.slice(0, 12));
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A size in bytes for people: `0 B`, `1.5 KiB`, `91 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `1 file`, `3 files`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

const MAX_LINES = 50;

/** A list that hostile input can make as long as it likes: cut unless everything was asked for, and that is said. */
export function cutLines(lines: readonly string[], noun: string, look: Look, max = MAX_LINES): readonly string[] {
  if (look.verbose || lines.length <= max) return lines;
  return [...lines.slice(0, max), `and ${lines.length - max} more ${noun}s; --verbose or --json shows all`];
}
