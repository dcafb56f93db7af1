import type * as Crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { decodeHex } from '../bytes/index.ts';
import type { HashName, IncrementalHash } from './algorithms.ts';

type NativeModule = typeof import('@napi-rs/blake-hash');
type PortableModule = typeof import('./portable.ts');

const OPENSSL_NAME = { sha256: 'sha256', blake2b: 'blake2b512' } as const;

const require = createRequire(import.meta.url);
let loaded: NativeModule | undefined | null = null;
let crypto: typeof Crypto | undefined;
let reused: InstanceType<NativeModule['Blake3Hasher']> | undefined;

/** Loaded at the first use: a thread that computes nothing but BLAKE3 starts 5 ms sooner without it. */
function openssl(): typeof Crypto {
  crypto ??= process.getBuiltinModule('node:crypto');
  return crypto;
}

/** The native module, or undefined where its binary does not exist for this host; loaded at the first use, tried once. */
function blakeHash(): NativeModule | undefined {
  if (loaded === null) {
    try {
      const module: NativeModule = require('@napi-rs/blake-hash');
      loaded = module;
    } catch {
      loaded = undefined;
    }
  }
  return loaded;
}

/** Loaded only where it is needed: it would make up a sixth of the time that a worker takes to start. */
function portable(): PortableModule {
  const module: PortableModule = require(import.meta.url.endsWith('.ts') ? './portable.ts' : './portable.js');
  return module;
}

/** Whether this thread looked for the native BLAKE3 and found none. */
export function usesPortableBlake3(): boolean {
  return loaded === undefined;
}

/** Whether BLAKE3 runs as native code here; where it does not, `createHash('blake3')` is ten times slower and equal. */
export function hasNativeBlake3(): boolean {
  return blakeHash() !== undefined;
}

/** SHA-256 of bytes in memory. */
export function sha256(data: Uint8Array): Uint8Array {
  return hashBytes('sha256', data);
}

/** The fastest implementation on this host: OpenSSL through `node:crypto`, native BLAKE3, else the portable one. */
export function createHash(name: HashName): IncrementalHash {
  if (name !== 'blake3') return new OpensslHash(OPENSSL_NAME[name]);
  const native = blakeHash();
  return native === undefined ? portable().createHash(name) : new NativeBlake3(new native.Blake3Hasher());
}

/** Digest of bytes in memory, in one call. */
export function hashBytes(name: HashName, data: Uint8Array): Uint8Array {
  if (name !== 'blake3') return bytesOf(openssl().hash(OPENSSL_NAME[name], data, 'binary'));
  const native = blakeHash();
  if (native === undefined) return portable().hashBytes(name, data);
  // Neither an object nor a Buffer of the native module for each: while this thread is busy, none of them is given back.
  reused ??= new native.Blake3Hasher();
  reused.reset();
  reused.update(data);
  return decodeHex(reused.digest('hex'));
}

/** A small digest comes out of Node three times as fast as a string of one character a byte than as a Buffer. */
function bytesOf(binary: string): Uint8Array {
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

class OpensslHash implements IncrementalHash {
  readonly #hash: Crypto.Hash;

  constructor(algorithm: string) {
    this.#hash = openssl().createHash(algorithm);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }
}

class NativeBlake3 implements IncrementalHash {
  readonly #hash: InstanceType<NativeModule['Blake3Hasher']>;

  constructor(hash: InstanceType<NativeModule['Blake3Hasher']>) {
    this.#hash = hash;
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digestBuffer());
  }
}
