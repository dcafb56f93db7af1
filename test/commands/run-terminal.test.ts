import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { hasTerminal, typeInto } from './key/terminal.ts';
import { Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

/** `stemma run FLAGS -- sh train.sh`, with answers to whatever ends in a colon and a space. */
function onTerminal(flags: string, script: string, answers: readonly string[] = []) {
  writeFileSync(shop.at('train.sh'), script);
  const args = `run ${flags} --no-source --output out -- sh train.sh`.split(' ');
  return typeInto(args, answers, shop.dir);
}

const MAKE = 'mkdir out; echo x > out/x\n';

describe.skipIf(!hasTerminal)('stemma run on a terminal', () => {
  it('leaves the keyboard to the command, even after it asked for a passphrase itself', async () => {
    const script = `${MAKE}printf 'name: '; read -r name; echo "hello $name" > greeting\n`;
    const { exitCode, screen } = await onTerminal('--key p256-encrypted.key', script, ['correct horse\r', 'Ada\r']);
    expect([exitCode, readFileSync(shop.at('greeting'), 'utf8')]).toEqual([0, 'hello Ada\n']);
    expect(screen).not.toContain('correct horse');
  });

  it('tells the command of the colours that it cannot see for itself', async () => {
    const script = `${MAKE}[ -t 1 ] && echo tty > seen || echo "pipe $FORCE_COLOR" > seen\n`;
    await onTerminal('--key p256.key', script);
    expect(readFileSync(shop.at('seen'), 'utf8')).toBe('pipe 1\n');
  });

  it.each(['--no-color', '--json'])('does not where there are none: %s', async (flag) => {
    await onTerminal(`--key p256.key ${flag}`, `${MAKE}echo "x$FORCE_COLOR" > seen\n`);
    expect(readFileSync(shop.at('seen'), 'utf8')).toBe('x\n');
  });

  it('lets Ctrl-C reach the command once, and attests nothing', async () => {
    const script = `${MAKE}trap 'echo caught >> caught; exit 0' INT\nprintf 'press: '; while :; do sleep 0.1; done\n`;
    const { exitCode, screen } = await onTerminal('--key p256.key', script, ['\u0003']);
    expect([exitCode, readFileSync(shop.at('caught'), 'utf8')]).toEqual([130, 'caught\n']);
    expect(screen).toContain('nothing is attested');
    expect([existsSync(shop.at('out/x')), shop.evidence()]).toEqual([true, []]);
  });
});
