import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { type FakeServer, fakeKubo } from '../support/fake-servers.ts';
import { attest, temporaryModel } from './pin-support.ts';

const KEY = await generateX25519Identity();
const RECIPIENT = await identityToRecipient(KEY);
const PUBLIC = path.resolve(import.meta.dirname, '../../fixtures/keys/p256.pub');
let kubo: FakeServer;
let place: ReturnType<typeof temporaryModel>;

beforeAll(async () => {
  kubo = await fakeKubo();
});
afterAll(() => kubo.close());
beforeEach(async () => {
  place = temporaryModel();
  await attest(place.model);
});
afterEach(() => {
  kubo.pinned.clear();
  kubo.blocks.clear();
  place.remove();
});

const pin = (...more: readonly string[]) =>
  runStemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--encrypt-to', RECIPIENT, ...more], {
    cwd: place.folder,
    env: { TMPDIR: place.folder },
  });
const sent = (): Buffer[] => [...kubo.blocks.values()].map((bytes) => Buffer.from(bytes));

describe('stemma pin --encrypt-to', () => {
  it('sends one file, of which nobody can tell what it is about', async () => {
    const { exitCode, stdout } = await pin('--yes', '--json');
    expect(exitCode).toBe(0);
    expect(onlyDocument(stdout).result).toMatchObject({ what: 'evidence', encryptedTo: 1, result: 'pass', held: 1 });
    for (const word of ['ACME', 'customer', 'model.sig', 'attestations', 'payload'])
      expect(sent().some((block) => block.includes(word))).toBe(false);
  });

  it('sends what its reader verifies the model with', async () => {
    await pin('--yes', '--json');
    const ciphertext = sent().find((block) => block.toString('latin1').startsWith('age-encryption.org/v1'));
    writeFileSync(path.join(place.folder, 'fetched'), ciphertext ?? '');
    writeFileSync(path.join(place.folder, 'key.age'), `${KEY}\n`, { mode: 0o600 });
    for (const name of ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'])
      rmSync(path.join(place.model, name));
    const asked = ['verify', 'model', '--key', PUBLIC, '--evidence', 'fetched', '--decrypt-with', 'key.age'];
    expect((await runStemma(asked, { cwd: place.folder })).exitCode).toBe(0);
    const decrypter = new Decrypter();
    decrypter.addIdentity(KEY);
    expect(Buffer.from(await decrypter.decrypt(ciphertext ?? Buffer.alloc(0))).includes('index.json')).toBe(true);
  });

  it('leaves no ciphertext behind, and the evidence as it was', async () => {
    const before = readFileSync(path.join(place.model, 'model.attestations.jsonl'));
    await pin('--yes');
    expect(readdirSync(place.folder)).toEqual(['model']);
    expect(readFileSync(path.join(place.model, 'model.attestations.jsonl'))).toEqual(before);
  });

  it('asks before it sends, like any other pin', async () => {
    const { exitCode, stdout } = await pin('--json');
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, 'USAGE']);
    expect(sent()).toEqual([]);
  });

  it.each([
    ['the weights', ['--with-weights']],
    ['a rehearsal', ['--dry-run']],
    ['a recipient that is none', ['--encrypt-to', 'bob']],
    ['a private key', ['--encrypt-to', KEY]],
  ])('refuses %s, and sends nothing', async (_, more) => {
    const { exitCode, stdout, stderr } = await pin('--yes', ...more);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain(KEY);
    expect(sent()).toEqual([]);
  });
});
