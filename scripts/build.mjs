// Builds dist/ from src/ and writes the oclif manifest. `npm ci` runs it as `prepare`, so a fresh clone has a working `npx stemma`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundle } from './bundle.mjs';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

// Compiled elsewhere and put in place at once: a command that runs meanwhile never meets half a build.
const fresh = path.join(root, '.cache', `build-${process.pid}`);
const old = path.join(root, '.cache', `replaced-${process.pid}`);
mkdirSync(fresh, { recursive: true });
try {
  const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const flags = ['-p', root, '--emitDeclarationOnly', '--outDir', fresh];
  execFileSync(process.execPath, [tsc, ...flags], { stdio: 'inherit', cwd: root });
  await bundle(root, fresh);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}

// With the manifest, running a command loads that command only; without it oclif loads all of them to learn their flags.
const { Plugin } = await import('@oclif/core/config');
const plugin = new Plugin({ root, name: 'stemma', type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(path.join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
