// Compiles src/ to dist/ and writes the oclif manifest. `npm ci` runs it as `prepare`, so a fresh clone has a working `npx stemma`.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');

rmSync(path.join(root, 'dist'), { recursive: true, force: true });
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit', cwd: root });

// With the manifest, running a command loads that command only; without it oclif loads all of them to learn their flags.
const { Plugin } = await import('@oclif/core/config');
const plugin = new Plugin({ root, name: 'stemma', type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(path.join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
