/** Where a file lies that a run read and nobody had declared. */
export type Place = 'packages' | 'system' | 'working-folder' | 'outside';

/** What the whole system shares. `/opt` and `/srv` hold data as well, and are not of it. */
const SYSTEM = /^\/(?:usr|bin|sbin|lib|lib32|lib64|libx32|etc|nix\/store|var\/(?:lib|cache))\//;
/** What package managers fill: the last such folder in the path. */
const PACKAGES = /^.*\/((?:site-packages|dist-packages|node_modules)\/.+)$/s;
/** Of a folder with a program in its `bin`, what belongs to the program. */
const PREFIX_PARTS = /^\/((?:bin|lib|lib64|libexec|include)\/.+|pyvenv\.cfg)$/s;

/**
 * Says where a file lies, and its path from there, which names neither the machine nor its users (design §4). File names are bytes
 * as Latin-1 text.
 */
export class Places {
  readonly #folder: string;
  readonly #prefixes: readonly string[];

  /**
   * @param folder the working folder, absolute, links followed
   * @param programs what was executed: around `P/bin/python3` the libraries in `P/lib` count as packages, unless P holds the working
   *   folder
   */
  constructor(folder: string, programs: Iterable<string>) {
    this.#folder = folder;
    const prefixes = new Set<string>();
    for (const program of programs) {
      const prefix = /^(\/.+)\/bin\/[^/]+$/s.exec(program)?.[1];
      if (prefix !== undefined && !`${folder}/`.startsWith(`${prefix}/`)) prefixes.add(prefix);
    }
    this.#prefixes = [...prefixes];
  }

  /** @returns the path is a base name for a file outside, and never absolute */
  of(file: string): { readonly place: Place; readonly path: string } {
    const packaged = PACKAGES.exec(file)?.[1];
    if (packaged !== undefined) return { place: 'packages', path: packaged };
    if (file.startsWith(`${this.#folder}/`)) {
      return { place: 'working-folder', path: file.slice(this.#folder.length + 1) };
    }
    if (SYSTEM.test(file)) return { place: 'system', path: file.slice(1) };
    for (const prefix of this.#prefixes) {
      const part = file.startsWith(`${prefix}/`) ? PREFIX_PARTS.exec(file.slice(prefix.length))?.[1] : undefined;
      if (part !== undefined) return { place: 'packages', path: part };
    }
    return { place: 'outside', path: file.slice(file.lastIndexOf('/') + 1) };
  }
}

/** A name as text: UTF-8, or where it is not, with `%NN` for every byte that is not plain ASCII, and for `%`. */
export function nameOf(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  const text = buffer.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(buffer)) return text;
  return [...buffer]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e || byte === 0x25
        ? `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
        : String.fromCharCode(byte),
    )
    .join('');
}
