/**
 * One argument as the POSIX shell reads it back, whatever it holds: between single quotes nothing has a meaning but the single
 * quote itself (POSIX.1-2024, Shell Command Language, 2.2.2). No argument holds a NUL.
 */
export function shellQuote(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
