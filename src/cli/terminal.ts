import type { Look } from './render/text.ts';

interface LookOptions {
  readonly color?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

type Stream = { readonly isTTY?: boolean };

/**
 * How to write to a stream: colour only on a terminal (or with FORCE_COLOR), never with NO_COLOR, `--no-color` or a dumb
 * terminal; symbols beyond ASCII only where the locale says UTF-8.
 */
export function lookOf(stream: Stream, options: LookOptions, env: NodeJS.ProcessEnv = process.env): Look {
  const dumb = env['TERM'] === 'dumb';
  const forced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0';
  const refused = options.color === false || (env['NO_COLOR'] ?? '') !== '';
  return {
    color: !refused && !dumb && (forced || stream.isTTY === true),
    unicode: !dumb && isUtf8Locale(env),
    verbose: options.verbose === true,
  };
}

function isUtf8Locale(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  // Windows terminals show UTF-8 whatever these variables say; elsewhere an unset locale means plain C.
  return process.platform === 'win32' || /utf-?8/i.test(locale);
}
