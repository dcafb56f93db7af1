import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeVectors } from '../support/vectors.ts';

const ADAPTER = path.join(import.meta.dirname, 'signature-adapter');
const KEYS = path.resolve(import.meta.dirname, '../../fixtures/keys');
const key = (name: string): string => readFileSync(path.join(KEYS, name), 'utf8');
const MESSAGE = Buffer.from('message');

function ask(lines: readonly (object | string)[]): string[] {
  const input = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const output = execFileSync(process.execPath, [ADAPTER], { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
  return output.split('\n').slice(0, -1);
}

function request(name: string, hash: string | null, changes: object = {}): object {
  const algorithm = name === 'ed25519' ? 'ed25519' : 'ecdsa';
  const signature = sign(hash, MESSAGE, createPrivateKey(key(`${name}.key`))).toString('hex');
  return { algorithm, hash, publicKey: key(`${name}.pub`), message: MESSAGE.toString('hex'), signature, ...changes };
}

describe('the signature adapter', () => {
  test('is executable', () => {
    expect(statSync(ADAPTER).mode & 0o111).toBe(0o111);
    expect(readFileSync(ADAPTER, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('accepts every curve under every hash, and Ed25519', () => {
    const requests = ['p256', 'p384', 'p521', 'secp256k1'].flatMap((name) =>
      ['sha256', 'sha384', 'sha512'].map((hash) => request(name, hash)),
    );

    expect(ask([...requests, request('ed25519', null)])).toEqual(Array.from({ length: 13 }, () => 'accept'));
  });

  test('rejects each wrong request and goes on', () => {
    const good = request('p256', 'sha256');
    const answers = ask([
      good,
      request('p256', 'sha256', { message: '00' }),
      request('p256', 'sha256', { hash: 'sha384' }),
      request('p256', 'sha256', { hash: 'sha1' }),
      request('p256', 'sha256', { algorithm: 'ed25519' }),
      request('p256', 'sha256', { algorithm: 'rsa' }),
      request('p256', 'sha256', { publicKey: key('secp256k1.pub') }),
      request('p256', 'sha256', { publicKey: key('rsa.pub') }),
      request('p256', 'sha256', { publicKey: 'no key' }),
      request('p256', 'sha256', { signature: '' }),
      request('p256', 'sha256', { signature: 'zz' }),
      request('p256', 'sha256', { signature: null }),
      request('ed25519', null, { algorithm: 'ecdsa' }),
      'no JSON',
      'null',
      good,
    ]);

    expect(answers).toEqual(['accept', ...Array.from({ length: 14 }, () => 'reject'), 'accept']);
  });
});

describeVectors('ed25519', (dir) => {
  test('accepts 43 of the 914 vectors', () => {
    const vectors: readonly Record<string, string>[] = JSON.parse(
      readFileSync(path.join(dir, 'ed25519vectors.json'), 'utf8'),
    );
    const spki = (raw: string): string => Buffer.from(`302a300506032b6570032100${raw}`, 'hex').toString('base64');

    const answers = ask(
      vectors.map((vector) => ({
        algorithm: 'ed25519',
        hash: null,
        publicKey: `-----BEGIN PUBLIC KEY-----\n${spki(vector['key'] ?? '')}\n-----END PUBLIC KEY-----\n`,
        message: Buffer.from(vector['msg'] ?? '').toString('hex'),
        signature: vector['sig'],
      })),
    );

    expect(answers).toHaveLength(914);
    expect(answers.filter((answer) => answer === 'accept')).toHaveLength(43);
  });
});
