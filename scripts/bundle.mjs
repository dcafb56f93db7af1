// The JavaScript of dist/: the modules of src/ in some forty files, so that a command does not open three hundred
// (docs/decisions/0008-bundled-build.md).
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

/** The packages whose code goes into ours, with what they import; their licences go along. Every other import stays an import. */
const INLINED = /^(zod|execa|yaml|@oclif\/core|@noble\/(curves|hashes))(\/|$)/;
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/** Modules that name a file relative to themselves, by the chunk that they are. */
const BESIDE_WORKERS = {
  engine: 'core/digest/engine.js',
  'record-threads': 'core/trainlog/record-threads.js',
};
/** The files that something outside names: package.json, oclif and `require`. The rest is shared chunks. */
const ENTRIES = ['core/index.ts', 'core/digest/portable.ts', 'cli/main.ts', 'cli/help.ts', 'cli/command-not-found.ts'];

/** What `new Worker` names: each in one file with all that it needs and no more, since every thread loads it anew. */
const WORKERS = ['core/digest/worker.ts', 'core/trainlog/record-worker.ts'];

/** @param root the package's folder  @param dist where to write */
export async function bundle(root, dist) {
  const cwd = path.join(root, 'src');
  const output = await write(cwd, dist, [...ENTRIES, ...globSync('commands/**/*.ts', { cwd })], {
    chunkFileNames: ({ name }) => BESIDE_WORKERS[name] ?? 'chunks/[name].js',
    codeSplitting: {
      groups: [
        // What names a worker (the engine also the portable hashes) relative to itself has to lie in its folder.
        { name: 'record-threads', test: /\/src\/core\/trainlog\/record-threads/, priority: 3 },
        { name: 'engine', test: /\/src\/core\/digest\/(?!worker|portable)/, priority: 3 },
        { name: 'yaml', test: /[\\/]node_modules[\\/]yaml[\\/]/, priority: 2 },
        { name: 'zod', test: /[\\/]node_modules[\\/]zod[\\/]/, priority: 2 },
        // Rooms whose modules come together, so that a command opens a file for each and not for every module that two share.
        { name: 'model', test: /\/src\/core\/(model|bytes|merkle|evidence)\//, priority: 1, minShareCount: 4 },
        { name: 'attestation', test: /\/src\/core\/(attestation|keys)\//, minShareCount: 4 },
      ],
    },
  });
  for (const worker of WORKERS) output.push(...(await write(cwd, dist, [worker])));
  writeFileSync(path.join(dist, 'LICENSES'), licences(output.flatMap(({ moduleIds }) => moduleIds ?? [])));
}

/** Bundles some entries of `src/` together; what they share becomes chunks. Returns what was written. */
async function write(cwd, dist, entries, options) {
  const build = await rolldown({
    cwd,
    input: Object.fromEntries(entries.map((file) => [file.slice(0, -'.ts'.length), file])),
    platform: 'node',
    external: (id, importer) =>
      ([...HELP_IN.values()].includes(id) && OCLIF.test(importer)) ||
      (!id.startsWith('.') &&
        !path.isAbsolute(id) &&
        !INLINED.test(id) &&
        (id.startsWith('node:') || importer === undefined || !PACKAGE.test(importer))),
    plugins: [oclifWhenUsed],
    onLog(level, log) {
      if (level !== 'info') throw new Error(log.message);
    },
  });
  const { output } = await build.write({
    dir: dist,
    plugins: [builtinsWithoutFacade, zodWhenUsed],
    format: 'esm',
    entryFileNames: '[name].js',
    // Without a hash: equal sources give equal names, and a stack trace can be read.
    // Names stay as they are in the sources.
    minifyInternalExports: false,
    ...options,
  });
  await build.close();
  return output;
}

const OCLIF = /[\\/]@oclif[\\/]core[\\/]lib[\\/](.*)$/;
/** Modules that every command needs, and what they need for help alone: in them that stays a package, which Stemma never opens. */
const HELP_IN = new Map([
  ['flags.js ./help', '@oclif/core/help'],
  ['errors/handle.js ../help/index', '@oclif/core/help'],
  ['parser/index.js ./help', '@oclif/core/parser'],
]);
const REQUIRE = /^(?:const|var) (\w+) = ((?:__importDefault\()?require\("([^"]+)"\)\)?);$/gm;

/**
 * oclif's modules require one another when they start. Here a module is loaded when something in it is used, so that parsing flags
 * costs no more than a parser; and its help, with configuration, plugins and templates, becomes a file that only help opens.
 */
const oclifWhenUsed = {
  name: 'oclif-when-used',
  transform(code, id) {
    const [, module] = OCLIF.exec(id) ?? [];
    if (module === undefined) return undefined;
    const required = new Map();
    const rest = code.replaceAll(REQUIRE, (_, name, expression, wanted) => {
      const help = HELP_IN.get(`${module.replaceAll('\\', '/')} ${wanted}`);
      required.set(name, help === undefined ? expression : `require("${help}")`);
      return '';
    });
    return [...required].reduce(
      (text, [name, expression]) => text.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `(${expression}).`),
      rest,
    );
  },
};

/**
 * `import … from 'node:fs'` makes Node read every property of the module, and some load ten more modules when read: 8 ms for the
 * command and as much for each hashing thread.
 */
const builtinsWithoutFacade = {
  name: 'builtins-without-facade',
  renderChunk: (code) =>
    code.replaceAll(
      /^import (?:([\w$]+)|\* as ([\w$]+))?(?:, )?(\{[^}]*\})? from "(node:[\w/]+)";$/gm,
      (_, byDefault, namespace, names, module) => {
        const targets = [byDefault ?? namespace, names?.replaceAll(' as ', ': ')].filter(
          (target) => target !== undefined,
        );
        return targets
          .map((target) => `const ${target} = globalThis.process.getBuiltinModule("${module}");`)
          .join('\n');
      },
    ),
};

/**
 * zod takes 10 ms to load, and most of what is read is checked without it: a chunk that makes schemas loads it when it makes the
 * first. Schemas are made by calls of functions, so each name that is imported becomes a function that loads zod and passes the call on.
 */
const zodWhenUsed = {
  name: 'zod-when-used',
  renderChunk: (code) =>
    code.replace(/^import \{ ([^}]*) \} from ("\.[^"]*\/zod\.js");$/m, (_, names, file) => {
      const functions = names.split(', ').map((imported) => imported.split(' as '));
      const other = functions.find(([name]) => !/^_?[a-z]/.test(name));
      if (other !== undefined) throw new Error(`zod's ${other[0]} is no function that makes a schema`);
      return [
        'let zod;',
        `const loadZod = () => (zod ??= globalThis.process.getBuiltinModule("node:module").createRequire(import.meta.url)(${file}));`,
        ...functions.map(([name, local = name]) => `const ${local} = (...given) => loadZod().${name}(...given);`),
      ].join('\n');
    }),
};

/** The licence of every package that these modules come from. */
function licences(modules) {
  const folders = new Set(modules.flatMap((id) => PACKAGE.exec(id)?.[0] ?? []));
  const texts = [...folders]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
      const text = file === undefined ? `Licence: ${license}` : readFileSync(path.join(folder, file), 'utf8').trim();
      return `${name} ${version}\n\n${text}\n`;
    });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
