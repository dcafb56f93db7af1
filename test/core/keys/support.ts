import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ErrorCode, isStemmaError } from '../../../src/core/errors/index.ts';
import type { VerifySignature } from '../../../src/core/keys/index.ts';
import { verifySignature } from '../../../src/core/keys/index.ts';
import { parsePem } from '../../../src/core/keys/pem.ts';
import { verifySignaturePortable } from '../../../src/core/keys/verify-portable.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures/keys');

/** The passphrase of every encrypted key in fixtures/keys. */
export const PASSPHRASE = 'correct horse';

export function fixture(name: string): Buffer {
  return readFileSync(path.join(FIXTURES, name));
}

/** The DER of the one certificate in a PEM fixture. */
export function certificate(name: string): Uint8Array {
  const [block] = parsePem(fixture(name), 'CERTIFICATE_INVALID', name);
  if (block === undefined) throw new Error(`${name} holds no certificate`);
  return block.der;
}

/** Both verifiers: they must accept the same signatures. */
export const VERIFIERS: readonly (readonly [string, VerifySignature])[] = [
  ['node:crypto', verifySignature],
  ['portable', verifySignaturePortable],
];

/** The code of the StemmaError that `run` throws; any other error goes on, and none is 'nothing thrown'. */
export async function codeOf(run: () => unknown): Promise<ErrorCode | 'nothing thrown'> {
  try {
    await run();
  } catch (error) {
    if (isStemmaError(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

export const hasOpenssl = ((): boolean => {
  try {
    return execFileSync('openssl', ['version']).toString().startsWith('OpenSSL 3');
  } catch {
    return false;
  }
})();
