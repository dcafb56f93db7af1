import { invalid } from './invalid.ts';
import type { PolicyDocument } from './schema.ts';

/** A key or certificate given as its text, and not as the name of a file. */
export const isPem = (text: string): boolean => text.trimStart().startsWith('-----BEGIN');

/**
 * A file beside a signed policy is not under its signature: a key is given as PEM text or by its fingerprint as well, certificates as
 * PEM text, and a trusted root of one's own not at all.
 *
 * @throws StemmaError POLICY_INVALID
 */
export function requireSelfContained({ trust: { keys = {}, identities = {} } }: PolicyDocument): void {
  for (const [name, { publicKey, fingerprint }] of Object.entries(keys))
    if (fingerprint === undefined && !isPem(publicKey))
      throw foreign('PEM text or a fingerprint', `/trust/keys/${name}`);
  for (const [name, identity] of Object.entries(identities)) {
    const file = 'anchors' in identity ? identity.anchors : identity.trustedRoot;
    if (file !== undefined && !isPem(file)) throw foreign('PEM text', `/trust/identities/${name}`);
  }
}

const foreign = (expected: string, at: string): Error =>
  invalid(`expected ${expected} in a signed policy, found the name of a file, which nobody signs`, at);
