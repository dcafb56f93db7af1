import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../src/core/keys/index.ts';
import {
  formatNote,
  isKeyName,
  noteKeyId,
  openNote,
  parseNote,
  type SignedNote,
  signNote,
} from '../../../src/core/log/index.ts';
import { keyOfVkey, noteOf, ORIGIN, parsed, signerOf } from './support.ts';

const ROOT = new Uint8Array(32).fill(7);
const LINE = '\u2014 name AAAAAAE=';
const malformed = (note: string | Uint8Array) => () => parseNote(Buffer.from(note as string));

describe('the example of the C2SP specification', () => {
  // https://c2sp.org/signed-note, "Example".
  const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const NOTE =
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n\n" +
    '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
  const { name, id, key } = keyOfVkey(VKEY);

  it('has the key id that it gives', () => {
    expect(Buffer.from(noteKeyId(name, key)).toString('hex')).toBe(id);
  });

  it('verifies', async () => {
    expect(await openNote(parsed(NOTE), name, [key], verifySignature)).toEqual({ outcome: 'signed', key });
  });

  it('is written back byte for byte', () => {
    expect(formatNote(parsed(NOTE))).toBe(NOTE);
  });

  it('does not verify with any byte of text or signature changed', async () => {
    const bytes = Buffer.from(NOTE);
    for (let i = 0; i < bytes.length; i++) {
      for (const bit of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[i]! ^= bit;
        let note: SignedNote;
        try {
          note = parseNote(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CHECKPOINT_INVALID' });
          continue;
        }
        expect([i, (await openNote(note, name, [key], verifySignature)).outcome]).not.toEqual([i, 'signed']);
      }
    }
  });

  it('does not verify when cut off, at any length', () => {
    const bytes = Buffer.from(NOTE);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => parseNote(bytes.subarray(0, end))).toThrow(expect.objectContaining({ code: 'CHECKPOINT_INVALID' }));
    }
  });
});

describe('a signed note', () => {
  it.each(['ed25519', 'p256', 'p384', 'p521', 'secp256k1'])('by a key of type %s verifies', async (type) => {
    const { publicKey } = await signerOf(type);
    const note = parsed(await noteOf(3, ROOT, { signer: type }));
    expect(await openNote(note, ORIGIN, [publicKey], verifySignature)).toEqual({ outcome: 'signed', key: publicKey });
  });

  it('has as key id of ECDSA the beginning of the SHA-256 of the key, without the name', async () => {
    const { publicKey } = await signerOf('p256');
    expect(noteKeyId('a', publicKey)).toEqual(noteKeyId('b', publicKey));
    expect(Buffer.from(noteKeyId('a', publicKey)).toString('hex')).toBe(publicKey.fingerprint.slice(0, 8));
  });

  it('is the same whenever it is made', async () => {
    expect(await noteOf(3, ROOT, { signer: 'p256' })).toBe(await noteOf(3, ROOT, { signer: 'p256' }));
  });

  it('is split at its last empty line (attack row 48)', () => {
    expect(parsed(`a\n\nb\n\n${LINE}\n`).text).toBe('a\n\nb\n');
  });

  it('may have an empty text', () => {
    expect(parsed(`\n\n${LINE}\n`).text).toBe('\n');
  });

  it('may have 17 signatures of which 16 are unknown (attack row 47)', async () => {
    const signer = await signerOf('ed25519');
    const note = await noteOf(3, ROOT);
    const [text = '', line = ''] = note.split('\n\n');
    const many = parsed(`${text}\n\n${`${LINE}\n`.repeat(16)}${line}`);
    expect(many.signatures).toHaveLength(17);
    expect((await openNote(many, ORIGIN, [signer.publicKey], verifySignature)).outcome).toBe('signed');
  });

  it('is asked about once for each of its lines, however often that is there', async () => {
    const signer = await signerOf('ed25519');
    const note = parsed(await noteOf(3, ROOT));
    let asked = 0;
    const verify: typeof verifySignature = (...question) => {
      asked++;
      return verifySignature(...question);
    };
    const [line] = note.signatures;
    const forged = { ...line!, signature: new Uint8Array(64).fill(1) };
    const many = { ...note, signatures: Array.from({ length: 63 }, () => line!) };
    expect([(await openNote(many, ORIGIN, [signer.publicKey], verify)).outcome, asked]).toEqual(['signed', 1]);
    const spoilt = { ...many, signatures: [...many.signatures, forged] };
    expect([(await openNote(spoilt, ORIGIN, [signer.publicKey], verify)).outcome, asked]).toEqual(['bad', 3]);
  });

  it('of nobody who is trusted is untrusted', async () => {
    const stranger = await signerOf('p256');
    const note = parsed(await noteOf(3, ROOT));
    expect(await openNote(note, ORIGIN, [stranger.publicKey], verifySignature)).toEqual({ outcome: 'untrusted' });
    expect(await openNote(note, ORIGIN, [], verifySignature)).toEqual({ outcome: 'untrusted' });
  });

  it('under another name is untrusted, also where the key id does not hold the name', async () => {
    const { publicKey } = await signerOf('p256');
    const note = parsed(await noteOf(3, ROOT, { signer: 'p256' }));
    expect(await openNote(note, `${ORIGIN}x`, [publicKey], verifySignature)).toEqual({ outcome: 'untrusted' });
  });

  it('is condemned by one bad line of a trusted key, whatever stands beside it (attack row 46)', async () => {
    const signer = await signerOf('ed25519');
    const good = parsed(await noteOf(3, ROOT));
    const other = parsed(await noteOf(4, ROOT));
    for (const signatures of [
      [...good.signatures, ...other.signatures],
      [...other.signatures, ...good.signatures],
    ]) {
      const note = { text: good.text, signatures };
      expect(await openNote(note, ORIGIN, [signer.publicKey], verifySignature)).toEqual({
        outcome: 'bad',
        key: signer.publicKey,
      });
    }
  });

  it('is not condemned by a line that only shares the key id', async () => {
    const { publicKey } = await signerOf('ed25519');
    const good = parsed(await noteOf(3, ROOT));
    const line = { name: 'somebody', keyId: noteKeyId(ORIGIN, publicKey), signature: new Uint8Array(64) };
    const note = { ...good, signatures: [line, ...good.signatures] };
    expect((await openNote(note, ORIGIN, [publicKey], verifySignature)).outcome).toBe('signed');
  });

  it('signed as P1363 where DER is expected is bad (attack row 20)', async () => {
    const signer = await signerOf('p256');
    const good = parsed(await noteOf(3, ROOT, { signer: 'p256' }));
    const [line] = good.signatures;
    const note = { ...good, signatures: [{ ...line!, signature: new Uint8Array(64).fill(1) }] };
    expect((await openNote(note, ORIGIN, [signer.publicKey], verifySignature)).outcome).toBe('bad');
  });

  it('does not verify under another text with the same signature', async () => {
    const signer = await signerOf('ed25519');
    const note = await signNote('a\nb\n', 'n', signer);
    const moved = parsed(note.replace('a\nb\n', 'a\n\nb\n'));
    expect((await openNote(moved, 'n', [signer.publicKey], verifySignature)).outcome).toBe('bad');
  });
});

describe('a malformed note', () => {
  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['no signature', 'text\n'],
    ['no signature after the empty line', 'text\n\n'],
    ['no empty line', `text\n${LINE}\n`],
    ['no newline at the end', `text\n\n${LINE}`],
    ['an empty line at the end', `text\n\n${LINE}\n\n`],
    ['CRLF', `text\r\n\r\n${LINE}\r\n`],
    ['CR at the end of a line of the text', `te\rxt\n\n${LINE}\n`],
    ['a NUL', `te\0xt\n\n${LINE}\n`],
    ['a tab', `te\txt\n\n${LINE}\n`],
    ['an escape', `te\u001b[31mxt\n\n${LINE}\n`],
    ['a C1 control', `te\u009bxt\n\n${LINE}\n`],
    ['invalid UTF-8', Buffer.concat([Buffer.from([0xff]), Buffer.from(`text\n\n${LINE}\n`)])],
    ['a byte order mark', `\ufefftext\n\n${LINE}\n`],
    ['a hyphen for the em dash', 'text\n\n- name AAAAAAE=\n'],
    ['an en dash', 'text\n\n\u2013 name AAAAAAE=\n'],
    ['no space after the dash', 'text\n\n\u2014name AAAAAAE=\n'],
    ['two spaces', 'text\n\n\u2014  name AAAAAAE=\n'],
    ['two spaces after the name', 'text\n\n\u2014 name  AAAAAAE=\n'],
    ['a word too many', `text\n\n${LINE} x\n`],
    ['a space at the end', `text\n\n${LINE} \n`],
    ['no name', 'text\n\n\u2014 AAAAAAE=\n'],
    ['a plus in the name', 'text\n\n\u2014 na+me AAAAAAE=\n'],
    ['a no-break space in the name', 'text\n\n\u2014 na\u00a0me AAAAAAE=\n'],
    ['a line separator in the name', 'text\n\n\u2014 na\u2028me AAAAAAE=\n'],
    ['no base64', 'text\n\n\u2014 name ?\n'],
    ['base64 without padding', 'text\n\n\u2014 name AAAAAAE\n'],
    ['URL-safe base64', 'text\n\n\u2014 name AAAA_-8=\n'],
    ['base64 with trailing bits', 'text\n\n\u2014 name AAAAAAF=\n'],
    ['a key id alone', 'text\n\n\u2014 name AAAAAA==\n'],
    ['three bytes', 'text\n\n\u2014 name AAAA\n'],
    ['another line among the signatures', `text\n\n${LINE}\nx\n${LINE}\n`],
    ['65 signatures', `text\n\n${`${LINE}\n`.repeat(65)}`],
    ['more than 64 KiB', `${'x'.repeat(70_000)}\n\n${LINE}\n`],
  ])('with %s is refused', (_, note) => {
    expect(malformed(note)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_INVALID' }));
  });

  it('is described without the terminal being touched', () => {
    expect(malformed('text\n\n\u2014 name \u202e::error::\n')).toThrow(/\\u\{202e\}:\\x3aerror/);
  });
});

describe('the name of a key', () => {
  it.each(['', ' ', 'a b', 'a+b', 'a\n', '\u3000', '\ud800', '\0', '\u0085'])('is not %j', (name) => {
    expect(isKeyName(name)).toBe(false);
  });

  it.each(['a', 'stemma.run/x/0', 'https://ci.example/jobs/1', 'ä'])('may be %j', (name) => {
    expect(isKeyName(name)).toBe(true);
  });
});
