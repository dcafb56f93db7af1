import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Runs once before the tests: what they start as a process is what users get, compiled from the sources as they are. */
export default function build(): void {
  const root = path.resolve(import.meta.dirname, '../..');
  execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
}
