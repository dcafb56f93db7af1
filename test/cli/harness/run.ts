// Commands that misbehave on purpose, run through the real `main`: what they do cannot be provoked in the real ones.
import path from 'node:path';
import { settings } from '@oclif/core/settings';
import { main } from '../../../src/cli/main.ts';

settings.enableAutoTranspile = false;
const pjson = { name: 'harness', version: '0.0.0', type: 'module', oclif: { bin: 'stemma', commands: './commands' } };
await main(process.argv.slice(2), {
  commands: path.join(import.meta.dirname, 'commands'),
  oclif: { root: import.meta.dirname, pjson, ignoreManifest: true },
});
