import { chmodSync, copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { workingFolder } from '../wrapping.ts';

/** A folder with interpreters in it. Each is a copy of the shell, under the name of a Python: a program that really runs. */
export class Pythons {
  readonly dir = workingFolder();

  at(...parts: readonly string[]): string {
    return path.join(this.dir, ...parts);
  }

  write(file: string, text: string, mode = 0o644): string {
    mkdirSync(path.dirname(this.at(file)), { recursive: true });
    writeFileSync(this.at(file), text);
    chmodSync(this.at(file), mode);
    return this.at(file);
  }

  /** `PREFIX/bin/python3.12` with its links, and what is installed for it. */
  install(prefix: string, ...packages: readonly string[]): string {
    const bin = this.at(prefix, 'bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync(realpathSync('/bin/sh'), path.join(bin, 'python3.12'));
    for (const name of ['python3', 'python']) symlinkSync('python3.12', path.join(bin, name));
    this.packages(prefix, ...packages);
    return path.join(bin, 'python');
  }

  /** A virtual environment, as `python -m venv` makes it. */
  venv(prefix: string, base: string, ...packages: readonly string[]): string {
    mkdirSync(this.at(prefix, 'bin'), { recursive: true });
    symlinkSync(this.at(base, 'bin/python3.12'), this.at(prefix, 'bin/python'));
    this.write(`${prefix}/pyvenv.cfg`, `home = ${this.at(base, 'bin')}\nversion = 3.12.3\n`);
    this.packages(prefix, ...packages);
    return this.at(prefix, 'bin/python');
  }

  /** `torch-2.8.0` each. */
  packages(prefix: string, ...names: readonly string[]): void {
    for (const name of names) this.write(`${prefix}/lib/python3.12/site-packages/${name}.dist-info/METADATA`, '');
  }
}
