import path from 'node:path';
import { pae } from '../attestation/index.ts';
import { encodeUtf8, hexEncode, quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { readSmallFile } from '../evidence/index.ts';
import { type PublicKey, parseCertificates, readPublicKey, verifySignature } from '../keys/index.ts';
import {
  type BoundPolicy,
  bindPolicy,
  invalidPolicy,
  isPem,
  MAX_POLICY_BYTES,
  type PolicyDocument,
  type PolicyFormat,
  type PolicySigner,
  parsePolicy,
  policyFormatOf,
  readPolicyEnvelope,
  requireSelfContained,
} from '../policy/index.ts';
import { identityTrust, policyTrust } from './policy-trust.ts';
import type { TrustEntry } from './trust.ts';

const MAX_TRUSTED_ROOT = 16 * 1024 * 1024;
const MAX_KEY_FILE = 1024 * 1024;

/** A key that may sign policies, and how the caller named it. */
export interface PolicyKey {
  readonly label: string;
  readonly key: PublicKey;
}

/** A policy that is ready to be held against a model. */
export interface LoadedPolicy {
  readonly bound: BoundPolicy;
  /** Base name of the file. */
  readonly file: string;
  /** Lower-case hex SHA-256 of the document, without the envelope around it. */
  readonly digest: string;
  /** Label of the policy key that signed it; absent where none was asked for. */
  readonly signer?: string;
  /** Everybody whom it names. */
  readonly trust: readonly TrustEntry[];
  /** Those whom it names for the identity of a model, or of a dataset; a policy is about one of them. */
  readonly modelTrust: readonly TrustEntry[];
  readonly datasetTrust: readonly TrustEntry[];
}

/**
 * Reads a policy file with the keys that it names. With policy keys it must be signed by one of them, and nothing of it is parsed
 * before that is known; a signed one without any is refused, since nobody would notice whose it is.
 *
 * @throws StemmaError POLICY_INVALID, POLICY_UNTRUSTED, PATH_NOT_FOUND, FILE_UNREADABLE
 */
export async function loadPolicy(file: string, policyKeys: readonly PolicyKey[]): Promise<LoadedPolicy> {
  const bytes = await readOwn(file, 3 * MAX_POLICY_BYTES, '');
  const { document, digest, signer } = authenticated(bytes, path.extname(file).toLowerCase(), policyKeys);
  if (signer !== undefined) requireSelfContained(document);
  const signers = await readSigners(document, path.dirname(file));
  const bound = bindPolicy(document, signers);
  const trust = policyTrust(bound);
  return {
    bound,
    file: path.basename(file),
    digest,
    ...(signer === undefined ? {} : { signer }),
    trust,
    modelTrust: identityTrust(trust, 'model', document),
    datasetTrust: identityTrust(trust, 'dataset', document),
  };
}

interface Authenticated {
  readonly document: PolicyDocument;
  readonly digest: string;
  readonly signer: string | undefined;
}

function authenticated(bytes: Uint8Array, extension: string, policyKeys: readonly PolicyKey[]): Authenticated {
  const envelope = readPolicyEnvelope(bytes);
  if (envelope === undefined) {
    if (policyKeys.length > 0) {
      throw new StemmaError('POLICY_UNTRUSTED', 'the policy is not signed, and --policy-key asks for a signature', {
        hint: 'stemma policy sign FILE --key KEY signs one',
      });
    }
    return read(bytes, extension === '.json' ? 'json' : 'yaml', undefined);
  }
  if (policyKeys.length === 0) {
    throw new StemmaError('POLICY_UNTRUSTED', 'the policy is signed, and nobody is named who may sign it', {
      hint: 'name the key of its author with --policy-key PUB',
    });
  }
  const message = pae(envelope.payloadType, envelope.payload);
  const signer = policyKeys.find(({ key }) =>
    envelope.signatures.some(({ sig }) => verifySignature(key, message, sig)),
  );
  if (signer === undefined) {
    const names = policyKeys.map(({ label }) => quote(label)).join(' or ');
    throw new StemmaError('POLICY_UNTRUSTED', `the policy is not signed by ${names}`);
  }
  const format = policyFormatOf(envelope.payloadType);
  if (format === undefined)
    throw invalidPolicy(`expected a payload type of a policy, found ${quote(envelope.payloadType, 120)}`);
  return read(envelope.payload, format, signer.label);
}

const read = (bytes: Uint8Array, format: PolicyFormat, signer: string | undefined): Authenticated => ({
  document: parsePolicy(bytes, format),
  digest: hexEncode(sha256(bytes)),
  signer,
});

async function readSigners(
  { trust: { keys = {}, identities = {} } }: PolicyDocument,
  folder: string,
): Promise<ReadonlyMap<string, PolicySigner>> {
  const signers = new Map<string, PolicySigner>();
  for (const [name, { publicKey, fingerprint }] of Object.entries(keys)) {
    const at = `/trust/keys/${name}`;
    const key = await readKey(publicKey, folder, at);
    if (fingerprint !== undefined && key.fingerprint !== fingerprint)
      throw invalidPolicy(`expected the key with fingerprint ${fingerprint}, found ${key.fingerprint}`, at);
    signers.set(name, { kind: 'key', key });
  }
  for (const [name, identity] of Object.entries(identities))
    signers.set(name, await readIdentity(identity, folder, `/trust/identities/${name}`));
  return signers;
}

type Identity = NonNullable<PolicyDocument['trust']['identities']>[string];

async function readIdentity(identity: Identity, folder: string, at: string): Promise<PolicySigner> {
  const { subject } = identity;
  if ('anchors' in identity) {
    const anchors = await asPolicy(at, async () =>
      parseCertificates(await pemOf(identity.anchors, folder, MAX_KEY_FILE, at)),
    );
    return { kind: 'anchors', anchors, subject, ...(identity.issuer === undefined ? {} : { issuer: identity.issuer }) };
  }
  const { issuer, trustedRoot } = identity;
  const base = { kind: 'identity', identity: subject, issuer: issuer ?? '' } as const;
  if (!('trustedRoot' in identity) || trustedRoot === undefined) return base;
  return { ...base, trustedRoot: await readOwn(path.resolve(folder, trustedRoot), MAX_TRUSTED_ROOT, at) };
}

async function readKey(value: string, folder: string, at: string): Promise<PublicKey> {
  const { key, fromPrivate } = await asPolicy(at, async () =>
    readPublicKey(await pemOf(value, folder, MAX_KEY_FILE, at)),
  );
  if (fromPrivate) throw invalidPolicy('expected a public key, found a private one, which belongs in no policy', at);
  return key;
}

const pemOf = async (value: string, folder: string, maxBytes: number, at: string): Promise<Uint8Array> =>
  isPem(value) ? encodeUtf8(value) : readOwn(path.resolve(folder, value), maxBytes, at);

/** Whatever a policy names that is malformed makes the policy so. */
async function asPolicy<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isStemmaError(error) && error.errorClass === 'malformed') throw invalidPolicy(error.message, at);
    throw error;
  }
}

const readOwn = (file: string, maxBytes: number, at: string): Promise<Uint8Array> =>
  asPolicy(at, () => readSmallFile(file, { maxBytes, followLink: true }));
