import { compareUtf8 } from './text.ts';

const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * Why a signed or listed path must not be used, or undefined for a canonical relative path: `/` separators, no leading or
 * trailing `/`, no empty, `.` or `..` component, no NUL, and nothing that another system reads as an escape, a drive, a
 * device or a stream (`\`, `C:`, `con`, `x.`, `x:ads`). Hostile input: checked before any file is opened.
 *
 * `windows: false` leaves out the rules that only concern Windows, for names that lie on this disk already.
 */
export function pathProblem(path: string, options: { readonly windows?: boolean } = {}): string | undefined {
  if (path === '') return 'is empty';
  if (!path.isWellFormed()) return 'is not well-formed Unicode';
  if (path.includes('\0')) return 'contains a NUL byte';
  if (path.startsWith('/')) return 'is absolute';
  if (path.endsWith('/')) return 'ends with a slash';
  const windows = options.windows ?? true;
  if (windows && path.includes('\\')) return 'contains a backslash';
  for (const part of path.split('/')) {
    if (part === '') return 'has an empty component';
    if (part === '.' || part === '..') return `has a ${part} component`;
    if (!windows) continue;
    if (part.includes(':')) return 'contains a colon (a drive or a stream on Windows)';
    if (part.endsWith('.') || part.endsWith(' ')) return 'has a component that ends with a dot or a space';
    if (RESERVED.test(part)) return 'names a device on Windows';
  }
  return undefined;
}

/**
 * The order in which Python sorts paths (`PurePosixPath`, and so `model_signing`): component by component, each by its code
 * points, so that `a/b` comes before `a-b`. OMS v1.0, and everything of ours, sorts by `compareUtf8` of the whole path.
 */
export function comparePathComponents(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) break;
    const order = compareUtf8(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
