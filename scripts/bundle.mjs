// The JavaScript of dist/: the modules of src/ in some forty files, so that a command does not open three hundred
// (docs/decisions/0008-bundled-build.md).
import { copyFileSync, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';

const require = createRequire(import.meta.url);

/** The only package whose code goes into ours; its licence goes along. Every other import stays an import. */
const INLINED = 'zod';

/** The files that something outside names: package.json, oclif, `new Worker` and `require`. The rest is shared chunks. */
const ENTRIES = [
  'core/index.ts',
  'core/digest/worker.ts',
  'core/digest/portable.ts',
  'cli/main.ts',
  'cli/help.ts',
  'cli/command-not-found.ts',
];

/** @param root the package's folder  @param dist where to write */
export async function bundle(root, dist) {
  const cwd = path.join(root, 'src');
  const entries = [...ENTRIES, ...globSync('commands/**/*.ts', { cwd })];
  const build = await rolldown({
    cwd,
    input: Object.fromEntries(entries.map((file) => [file.slice(0, -'.ts'.length), file])),
    platform: 'node',
    external: (id) => !/^[./]/.test(id) && id !== INLINED,
    onLog(level, log) {
      if (level !== 'info') throw new Error(log.message);
    },
  });
  await build.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    // Without a hash: equal sources give equal names, and a stack trace can be read.
    // Names stay as they are in the sources.
    minifyInternalExports: false,
    chunkFileNames: ({ name }) => (name === 'engine' ? 'core/digest/engine.js' : 'chunks/[name].js'),
    codeSplitting: {
      groups: [
        // The engine names its worker and the portable hashes relative to itself, so it has to lie in their folder.
        { name: 'engine', test: /\/src\/core\/digest\/(?!worker|portable)/ },
        { name: INLINED, test: `/node_modules/${INLINED}/` },
      ],
    },
  });
  await build.close();
  copyFileSync(path.join(path.dirname(require.resolve(INLINED)), 'LICENSE'), path.join(dist, `LICENSE-${INLINED}`));
}
