import { contactsOf } from './trace-addresses.ts';
import { HEX, unescapeBytes } from './trace-strings.ts';

/** Something of a process that matters. File names are bytes as Latin-1 text, absolute, links followed. */
export type TraceEvent =
  | {
      readonly kind: 'open';
      readonly path: string;
      readonly reads: boolean;
      readonly writes: boolean;
      /** Nothing that the file held before can be read through this: it was made, or cut to nothing. */
      readonly fresh: boolean;
      /** Its name was gone by the time it was open. */
      readonly unlinked: boolean;
    }
  /** `path` as given, from `folder` where it is relative; undefined where the call does not say. */
  | { readonly kind: 'exec'; readonly path: string; readonly folder: string | undefined }
  | { readonly kind: 'moved' }
  | {
      readonly kind: 'contact';
      readonly direction: 'inbound' | 'outbound';
      readonly address: string;
      readonly reached: boolean;
    }
  /** Something happened that this record cannot show. */
  | { readonly kind: 'gap'; readonly gap: Gap };

/** Why an observation is not complete (docs/run.md). */
export type Gap =
  | 'unreadable-line'
  | 'unnamed-file'
  | 'unlinked-file'
  | 'io-uring'
  | 'untraced-process'
  | 'too-many-files'
  | 'too-many-addresses'
  | 'still-running'
  | 'trace-cut'
  | 'salted-dataset'
  | 'credential-file';

const CALL = /^([a-z][a-z0-9_]*)\((.*)\) += (.+)$/;
/** `?`: the process was ended in the call, or the call is repeated and recorded again. */
const FAILED = /^(?:-1 |\?)/;
const FLAGS = /(?:, |\{flags=)(O_[A-Z0-9_]+(?:\|(?:O_[A-Z0-9_]+|0x[0-9a-f]+))*)(?=[,}]|$)/;
const OPENED = new RegExp(String.raw`^\d+<(${HEX}+)(?:<(?:char|block) \d+:\d+>)?>(\(deleted\))?$`);
const EXECVE = new RegExp(String.raw`^"(${HEX}+)", `);
const EXECVEAT = new RegExp(String.raw`^(?:AT_FDCWD|\d+)<(${HEX}+)>(?:\(deleted\))?, "(${HEX}*)", `);
const WORKING_FOLDER = new RegExp(String.raw`^[a-z0-9_]+\(AT_FDCWD<(${HEX}+)>[,)]`);

const CONTACTING = ['connect', 'sendto', 'sendmsg', 'sendmmsg'];
const ACCEPTING = ['accept', 'accept4'];
const OPENING = ['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'];
const CLONING = ['clone', 'clone3'];

/** The calls to ask the tracer for: those that are read below. */
export const TRACED_CALLS: readonly string[] = [
  ...OPENING,
  ...CONTACTING,
  ...ACCEPTING,
  ...CLONING,
  'execve',
  'execveat',
  'chdir',
  'fchdir',
  'io_uring_setup',
];

/** @returns undefined for a call that was not asked for, or that is not spelt as the tracer spells it */
export function readCall(text: string): readonly TraceEvent[] | undefined {
  const [, name = '', args = '', result = ''] = CALL.exec(text) ?? [];
  if (CONTACTING.includes(name)) return contactsOf(args, result, 'outbound');
  if (!TRACED_CALLS.includes(name)) return undefined;
  if (FAILED.test(result)) return [];
  if (OPENING.includes(name)) return opened(name, args, result);
  if (ACCEPTING.includes(name)) return contactsOf(args, result, 'inbound');
  if (CLONING.includes(name)) return args.includes('CLONE_UNTRACED') ? [{ kind: 'gap', gap: 'untraced-process' }] : [];
  if (name === 'io_uring_setup') return [{ kind: 'gap', gap: 'io-uring' }];
  if (name === 'execve' || name === 'execveat') return executed(name, args);
  return [{ kind: 'moved' }];
}

/** The working folder of the process, where a call says it. */
export function workingFolderOf(text: string): string | undefined {
  const [, folder] = WORKING_FOLDER.exec(text) ?? [];
  return folder === undefined ? undefined : unescapeBytes(folder);
}

/** The name is that of the descriptor that was returned, never the one that was asked for. */
function opened(name: string, args: string, result: string): readonly TraceEvent[] | undefined {
  const flags = name === 'creat' ? ['O_WRONLY', 'O_CREAT', 'O_TRUNC'] : FLAGS.exec(`, ${args}`)?.[1]?.split('|');
  if (flags === undefined) return undefined;
  // A descriptor for its place alone, and a folder, give no bytes.
  if (flags.includes('O_PATH') || flags.includes('O_DIRECTORY')) return [];
  const [, escaped, deleted] = OPENED.exec(result) ?? [];
  if (escaped === undefined) return /^\d+(?:<.*)?$/.test(result) ? [{ kind: 'gap', gap: 'unnamed-file' }] : undefined;
  const path = unescapeBytes(escaped);
  if (!path.startsWith('/'))
    return /^(?:pipe|socket|anon_inode):/.test(path) ? [] : [{ kind: 'gap', gap: 'unnamed-file' }];
  if (flags.includes('O_TMPFILE')) return [];
  const writesOnly = flags.includes('O_WRONLY');
  return [
    {
      kind: 'open',
      path,
      reads: !writesOnly,
      writes: writesOnly || flags.includes('O_RDWR') || flags.includes('O_ACCMODE'),
      fresh: flags.includes('O_TRUNC') || (flags.includes('O_CREAT') && flags.includes('O_EXCL')),
      unlinked: deleted !== undefined,
    },
  ];
}

function executed(name: string, args: string): readonly TraceEvent[] | undefined {
  if (name === 'execve') {
    const [, path] = EXECVE.exec(args) ?? [];
    return path === undefined ? undefined : [{ kind: 'exec', path: unescapeBytes(path), folder: undefined }];
  }
  const [, folder, path] = EXECVEAT.exec(args) ?? [];
  if (folder === undefined || path === undefined) return undefined;
  return path === ''
    ? [{ kind: 'exec', path: unescapeBytes(folder), folder: undefined }]
    : [{ kind: 'exec', path: unescapeBytes(path), folder: unescapeBytes(folder) }];
}
