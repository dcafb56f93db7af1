import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/core/bytes/index.ts';
import {
  decryptWith,
  encryptTo,
  looksEncrypted,
  parseIdentities,
  parseRecipients,
} from '../../../../src/core/ipfs/index.ts';
import { codeOf, failureOf, inPieces, whole } from './support.ts';

const KEY = await generateX25519Identity();
const RECIPIENT = await identityToRecipient(KEY);
const OTHER = await generateX25519Identity();
const KEYS = await parseIdentities(encodeUtf8(`${KEY}\n`));
const PLAINTEXT = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251);

const encrypted = async (bytes: Uint8Array = PLAINTEXT, recipients = [RECIPIENT]): Promise<Uint8Array> =>
  whole(encryptTo(await parseRecipients(recipients), inPieces(bytes, 30_000)));
const decrypted = (bytes: Uint8Array, keys = KEYS, piece = 10_000): Promise<Uint8Array> =>
  whole(decryptWith(keys, inPieces(bytes, piece), 'pack.age'));

describe('encrypting to a recipient', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])('gives back %d bytes', async (length) => {
    const ciphertext = await encrypted(PLAINTEXT.subarray(0, length));
    expect(looksEncrypted(ciphertext)).toBe(true);
    expect(await decrypted(ciphertext)).toEqual(PLAINTEXT.slice(0, length));
  });

  it('is what the library reads by itself', async () => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(KEY);
    expect(await decrypter.decrypt(await encrypted())).toEqual(PLAINTEXT);
  });

  it('reads what comes byte by byte', async () => {
    expect(await decrypted(await encrypted(PLAINTEXT.subarray(0, 500)), KEYS, 1)).toEqual(PLAINTEXT.slice(0, 500));
  });

  it('lets each of several recipients read it, post-quantum ones too', async () => {
    const hybrid = await generateHybridIdentity();
    const ciphertext = await encrypted(PLAINTEXT, [await identityToRecipient(hybrid), RECIPIENT, RECIPIENT]);
    for (const key of [hybrid, KEY])
      expect(await decrypted(ciphertext, await parseIdentities(encodeUtf8(key)))).toEqual(PLAINTEXT);
  });

  it('shows nothing of the plaintext, and never gives the same bytes again', async () => {
    const text = encodeUtf8('model.attestations.jsonl'.repeat(10));
    const [one, two] = [await encrypted(text), await encrypted(text)];
    expect(Buffer.from(one).includes('attestations')).toBe(false);
    expect(one).not.toEqual(two);
  });

  it('hands on what fails while it reads', async () => {
    const failing = async function* () {
      yield PLAINTEXT;
      throw new Error('the disk is gone');
    };
    await expect(whole(encryptTo(await parseRecipients([RECIPIENT]), failing()))).rejects.toThrow('the disk is gone');
  });

  it.each([
    ['nothing', []],
    ['text', ['bob']],
    ['an SSH key', ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN']],
    ['a recipient with a wrong check sum', [`${RECIPIENT.slice(0, -1)}${RECIPIENT.endsWith('q') ? 'p' : 'q'}`]],
    ['a recipient of a plug-in', ['age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t']],
    ['an empty string', ['']],
    ['a crowd', Array.from({ length: 33 }, (_, i) => `age1${i}`)],
  ])('refuses %s', async (_, recipients) => {
    expect(await codeOf(parseRecipients(recipients))).toBe('USAGE');
  });

  it('refuses a private key, and does not repeat it', async () => {
    for (const key of [KEY, KEY.toLowerCase()]) {
      const error = await failureOf(parseRecipients([RECIPIENT, key]));
      expect(error.code).toBe('USAGE');
      expect(JSON.stringify([error.message, error.hint, error.stack])).not.toContain(key.slice(20, 40));
    }
  });
});

describe('an identity file', () => {
  it('may have comments, blank lines and CR', async () => {
    const keys = await parseIdentities(
      encodeUtf8(`# created: 2026\r\n# public key: ${RECIPIENT}\r\n\r\n${OTHER}\r\n${KEY}\r\n`),
    );
    expect(await decrypted(await encrypted(), keys)).toEqual(PLAINTEXT);
  });

  it.each([
    ['nothing', ''],
    ['comments alone', '# nothing\n'],
    ['a recipient', RECIPIENT],
    ['a key that is cut short', KEY.slice(0, -3)],
    ['a PEM key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n'],
    ['an encrypted identity', 'age-encryption.org/v1\n-> scrypt x 18\n'],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe)],
    ['a crowd', `${KEY}\n`.repeat(65)],
  ])('is refused with %s in it, and nothing of it is repeated', async (_, content) => {
    const error = await failureOf(parseIdentities(typeof content === 'string' ? encodeUtf8(content) : content));
    expect(error.code).toBe('KEY_INVALID');
    expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.toContain(KEY.slice(20, 40));
  });
});

describe('decrypting', () => {
  it('says that it is for others where no key opens it', async () => {
    const ciphertext = await encrypted(PLAINTEXT, [await identityToRecipient(OTHER)]);
    expect(await codeOf(decrypted(ciphertext))).toBe('RECIPIENT_OTHER');
  });

  const damaged: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['cut short in the header', (bytes) => bytes.subarray(0, 100)],
    ['cut short behind the header', (bytes) => bytes.subarray(0, bytes.indexOf(0x2d, 40) + 60)],
    ['cut short in a piece', (bytes) => bytes.subarray(0, -1)],
    ['cut at the end of a piece', (bytes) => bytes.subarray(0, bytes.length - (200_000 % 65_536) - 16)],
    ['with something behind it', (bytes) => Uint8Array.from([...bytes, 0])],
    ['empty', () => new Uint8Array()],
    ['plain', () => PLAINTEXT],
    ['of another version', (bytes) => replaced(bytes, 'org/v1', 'org/v2')],
    ['with another recipient type', (bytes) => replaced(bytes, '-> X25519', '-> Y25519')],
    ['with blanks in its header', (bytes) => replaced(bytes, '-> X25519 ', '-> X25519  ')],
  ];

  it.each(damaged)('refuses a file that is %s', async (_, change) => {
    const code = await codeOf(decrypted(change(await encrypted())));
    expect(['CIPHERTEXT_INVALID', 'RECIPIENT_OTHER']).toContain(code);
  });

  it('notices each flipped bit of a small file', async () => {
    const ciphertext = await encrypted(encodeUtf8('evidence'));
    for (let i = 0; i < ciphertext.length; i++) {
      const changed = Uint8Array.from(ciphertext);
      changed[i] = (changed[i] as number) ^ (1 << (i % 8));
      const code = await codeOf(decrypted(changed));
      expect(['CIPHERTEXT_INVALID', 'RECIPIENT_OTHER'], `byte ${i}`).toContain(code);
    }
  });

  it('refuses a passphrase, and does no work for it', async () => {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(2);
    encrypter.setPassphrase('correct horse');
    const error = await failureOf(decrypted(await encrypter.encrypt('evidence')));
    expect(error.code).toBe('CIPHERTEXT_INVALID');
    expect(error.message).toContain('passphrase');
  });

  it('says how to decode an armored file', async () => {
    const { armor } = await import('age-encryption');
    const error = await failureOf(decrypted(encodeUtf8(armor.encode(await encrypted()))));
    expect(error.code).toBe('CIPHERTEXT_INVALID');
    expect(error.hint).toContain('age -d');
  });

  it.each([
    ['one endless line', 'age-encryption.org/v1\n' + 'x'.repeat(200_000)],
    [
      'recipients without end',
      `age-encryption.org/v1\n${`-> X25519 ${'A'.repeat(43)}\n${'A'.repeat(43)}\n`.repeat(2000)}`,
    ],
    ['arguments without end', `age-encryption.org/v1\n-> X25519 ${'a '.repeat(100_000)}`],
  ])('reads no more than 64 KiB of a header with %s', async (_, header) => {
    let read = 0;
    const source = async function* () {
      for (;;) {
        read += 1000;
        yield encodeUtf8(header.slice(read - 1000, read).padEnd(1000, 'x'));
      }
    };
    expect(await codeOf(whole(decryptWith(KEYS, source(), 'pack.age')))).toBe('CIPHERTEXT_INVALID');
    expect(read).toBeLessThan(70_000);
  });

  it('hands on what fails while it reads', async () => {
    const ciphertext = await encrypted();
    const failing = async function* () {
      yield ciphertext.subarray(0, 100_000);
      throw Object.assign(new Error('gone'), { code: 'EIO' });
    };
    await expect(whole(decryptWith(KEYS, failing(), 'pack.age'))).rejects.toThrow();
  });

  it('ends its source where the reader stops', async () => {
    const ciphertext = await encrypted();
    let isClosed = false;
    const source = async function* () {
      try {
        yield* inPieces(ciphertext, 1000);
      } finally {
        isClosed = true;
      }
    };
    for await (const piece of decryptWith(KEYS, source(), 'pack.age')) if (piece.length > 0) break;
    expect(isClosed).toBe(true);
  });
});

function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1'));
}
