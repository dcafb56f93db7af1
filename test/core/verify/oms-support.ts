import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { blake3 } from '@napi-rs/blake-hash';
import { INTOTO_PAYLOAD_TYPE, OMS_PREDICATE_TYPE, pae } from '../../../src/core/attestation/index.ts';
import { compareUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { der, type KeyName, signerOf } from './support.ts';

export type Hash = 'sha256' | 'blake2b' | 'blake3';
export type Json = Readonly<Record<string, unknown>>;

export function hex(hash: Hash, data: Uint8Array | string): string {
  if (hash === 'blake3') return blake3(Buffer.from(data)).toString('hex');
  return createHash(hash === 'blake2b' ? 'blake2b512' : 'sha256')
    .update(data)
    .digest('hex');
}

export interface Resource {
  readonly name: string;
  readonly algorithm: string;
  readonly digest: string;
}

export const resource = (name: string, data: Uint8Array | string, hash: Hash = 'sha256'): Resource => ({
  name,
  algorithm: hash,
  digest: hex(hash, data),
});

/** One resource per file, in code-point order. */
export const resourcesOf = (contents: Readonly<Record<string, string>>, hash: Hash = 'sha256'): Resource[] =>
  Object.keys(contents)
    .toSorted(compareUtf8)
    .map((name) => resource(name, contents[name] ?? '', hash));

/** Shards of `size` bytes of every file, numerically ordered; empty files have none. */
export const shardsOf = (
  contents: Readonly<Record<string, string>>,
  size: number,
  { hash = 'sha256', algorithm = hash }: { readonly hash?: Hash; readonly algorithm?: string } = {},
): Resource[] =>
  Object.entries(contents).flatMap(([name, text]) => {
    const bytes = encodeUtf8(text);
    return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
      const end = Math.min(bytes.length, (index + 1) * size);
      const digest = hex(hash, bytes.subarray(index * size, end));
      return { name: `${name}:${index * size}:${end}`, algorithm, digest };
    });
  });

/** SHA-256 over the listed digests in listed order. */
export const rootOf = (resources: readonly Resource[]): string =>
  hex('sha256', Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex'))));

/** An OMS statement that is right in every respect; spread over it what shall be wrong. */
export function omsStatement(resources: readonly Resource[], serialization: Json = {}, name = 'model') {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: rootOf(resources) } }],
    predicateType: OMS_PREDICATE_TYPE,
    predicate: {
      resources,
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ...serialization },
    },
  };
}

export interface SignedAs {
  readonly key?: KeyName;
  readonly payloadType?: string;
  /** Of the statement, where it is not to be plain JSON. */
  readonly payload?: Uint8Array;
  /** What is signed, where it is not the PAE of the payload. */
  readonly message?: (payloadType: string, payload: Uint8Array) => Uint8Array;
  /** PEM files of fixtures/keys, leaf first: the certificate method. */
  readonly chain?: readonly string[];
  /** Instead of the key's hint. */
  readonly publicKey?: Json;
  /** Replaces `tlogEntries: []`. */
  readonly material?: Json;
  /** Replaces all of it. */
  readonly verificationMaterial?: Json;
  /** Replaces `keyid: ""`. */
  readonly keyid?: Json;
  /** How often the signature stands in the envelope. */
  readonly signatures?: number;
}

/** A bundle whose signature is genuine, whatever the statement says. */
export async function bundleOf(statement: unknown, options: SignedAs = {}): Promise<Json> {
  const { key = 'p256', payloadType = INTOTO_PAYLOAD_TYPE, message = pae } = options;
  const signer = await signerOf(key);
  const payload = options.payload ?? encodeUtf8(JSON.stringify(statement));
  const signature = await signer.sign(message(payloadType, payload));
  const certificates = der(...(options.chain ?? [])).map((bytes) => ({ rawBytes: base64(bytes) }));
  const signedBy =
    options.chain === undefined
      ? { publicKey: options.publicKey ?? { hint: signer.publicKey.hint } }
      : { x509CertificateChain: { certificates } };
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: options.verificationMaterial ?? { ...signedBy, ...(options.material ?? { tlogEntries: [] }) },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType,
      signatures: Array.from({ length: options.signatures ?? 1 }, () => ({
        sig: base64(signature),
        ...(options.keyid ?? { keyid: '' }),
      })),
    },
  };
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Signs a statement and writes it as the folder's `model.sig`, or beside a file. */
export async function putSignature(
  model: string,
  statement: unknown,
  options: SignedAs & { readonly at?: string } = {},
): Promise<string> {
  const file = options.at ?? path.join(model, 'model.sig');
  writeFileSync(file, JSON.stringify(await bundleOf(statement, options)));
  return file;
}
