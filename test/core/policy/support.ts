import { isStemmaError, type StemmaError } from '../../../src/core/errors/index.ts';
import { parsePublicKey } from '../../../src/core/keys/index.ts';
import {
  type BoundPolicy,
  bindPolicy,
  type PolicyDocument,
  type PolicyFormat,
  type PolicySigner,
  parsePolicy,
} from '../../../src/core/policy/index.ts';
import { type Draft, MODEL, requirement } from '../../support/policies.ts';
import { readKey } from '../verify/support.ts';

export const AT = new Date('2026-11-23T00:00:00Z');

/** The smallest policy, with one signer. */
export const draft = (more: Draft = {}): Draft => ({
  version: 1,
  expires: '2027-01-01T00:00:00Z',
  trust: { keys: { a: { publicKey: 'a.pub' } } },
  requirements: [requirement('weights', MODEL, ['a'])],
  ...more,
});

export const parse = (policy: Draft | string, format: PolicyFormat = 'json'): PolicyDocument =>
  parsePolicy(Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy)), format);

/** What reading it throws; fails the test where it is read. */
export function refusal(work: () => unknown): StemmaError {
  try {
    work();
  } catch (error) {
    if (isStemmaError(error)) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

export const keySigner = (name: 'p256' | 'p384' | 'p521' | 'ed25519'): PolicySigner => ({
  kind: 'key',
  key: parsePublicKey(readKey(`${name}.pub`)),
});

/** The policy with these keys under these names. */
export const bound = (policy: Draft, signers: Readonly<Record<string, PolicySigner>>): BoundPolicy =>
  bindPolicy(parse(policy), new Map(Object.entries(signers)));
