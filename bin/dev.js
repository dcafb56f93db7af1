#!/usr/bin/env node
// Runs src/ by Node's own type stripping: no build, no loader.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { settings } from '@oclif/core/settings';
import { main } from '../src/cli/main.ts';

// oclif would look for ts-node and map dist/ to src/; the paths below already name the sources.
settings.enableAutoTranspile = false;

const root = path.resolve(import.meta.dirname, '..');
const commands = path.join(root, 'src/commands');
const argv = process.argv.slice(2);
const compiled = readFileSync(path.join(root, 'package.json'), 'utf8');
const pjson = JSON.parse(compiled.replaceAll(/"\.\/dist\/([^"]+?)\.js"/g, '"./src/$1.ts"'));

// Without a manifest oclif loads every command; for help on one, that one is enough.
const named = [`${argv[0]}/${argv[1]}.ts`, `${argv[0]}.ts`].filter((file) => existsSync(path.join(commands, file)));
pjson.oclif.commands = {
  strategy: 'pattern',
  target: './src/commands',
  globPatterns: named.length === 0 ? ['**/*.ts'] : named,
};

await main(argv, { commands, oclif: { root, pjson, ignoreManifest: true } });
