import { globSync } from 'node:fs';
import path from 'node:path';
import type { Command } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { BaseCommand, environmentName, isOnlyOnCommandLine } from '../../src/cli/index.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../src/commands');
const files = globSync('**/*.ts', { cwd: FOLDER }).toSorted();

const isCommand = (value: unknown): value is typeof Command =>
  typeof value === 'function' && value.prototype instanceof BaseCommand;

/** The one export of a command file. */
async function commandOf(file: string): Promise<typeof Command> {
  const exported: unknown[] = Object.values(await import(path.join(FOLDER, file)));
  const [command] = exported;
  if (exported.length !== 1 || !isCommand(command)) throw new Error(`expected one command in ${file}`);
  return command;
}

it('there are commands to look at', () => {
  expect(files).toContain(path.join('key', 'generate.ts'));
});

describe.each(files)('the command %s', (file) => {
  it('builds on the base class and exports nothing else', async () => {
    await expect(commandOf(file)).resolves.toBeDefined();
  });

  it('has a summary for the list, an example for a person and one for CI', async () => {
    const { summary = '', examples } = await commandOf(file);

    expect(summary).toMatch(/^[^A-Z].{8,58}[^.]$/);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples)
      expect(example).toMatchObject({ command: expect.stringContaining('<%= config.bin %>') });
  });

  it('gives every flag a STEMMA_ twin, except those that weaken a verdict or add trust', async () => {
    const { flags, baseFlags } = await commandOf(file);
    const named: Readonly<Record<string, string>> = {
      STEMMA_SIGNING_KEY: 'key',
      STEMMA_TRUSTED_KEYS: 'key',
      STEMMA_ANCESTOR_KEYS: 'ancestor-key',
      // STEMMA_SOURCE is the checkout of `attest`, a folder.
      STEMMA_DATASET_SOURCE: 'source',
    };

    for (const [name, flag] of Object.entries({ ...baseFlags, ...flags })) {
      if (isOnlyOnCommandLine(name)) expect([name, flag.env]).toEqual([name, undefined]);
      else if (Object.hasOwn(named, flag.env ?? '')) expect(name).toBe(named[flag.env ?? '']);
      else expect([name, flag.env]).toEqual([name, environmentName(name)]);
    }
  });

  it('describes every flag and argument', async () => {
    const { flags, args } = await commandOf(file);

    for (const [name, flag] of Object.entries(flags))
      expect([name, flag.summary ?? flag.description]).not.toContain(undefined);
    for (const [name, arg] of Object.entries(args)) expect([name, arg.description]).not.toContain(undefined);
  });

  it('has no repeatable flag that swallows the arguments after it', async () => {
    const { flags } = await commandOf(file);

    for (const [name, flag] of Object.entries(flags)) {
      if (flag.type === 'option' && flag.multiple) expect([name, flag.multipleNonGreedy]).toEqual([name, true]);
    }
  });
});
