import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pae } from '../../src/core/attestation/index.ts';
import { base64Encode } from '../../src/core/bytes/index.ts';
import { loadSigner } from '../../src/core/keys/index.ts';
import { POLICY_PAYLOAD_TYPES } from '../../src/core/policy/index.ts';
import { ACTORS } from './family.ts';

export const MODEL = 'https://w3id.org/stemma/model/v1';
export const DATASET = 'https://w3id.org/stemma/dataset/v1';
export const PROVENANCE = 'https://slsa.dev/provenance/v1';
export const EVALUATION = 'https://w3id.org/stemma/evaluation/v1';
export const APPROVAL = 'https://w3id.org/stemma/approval/v1';

export type Draft = Readonly<Record<string, unknown>>;

/** Written when this was made: it outlives the tests. */
export const EXPIRES = '2099-01-01T00:00:00Z';

/** A requirement of one signer, unless told otherwise. */
export const requirement = (id: string, predicateType: unknown, anyOf: readonly string[], more: Draft = {}): Draft => ({
  id,
  predicateType,
  signers: { anyOf },
  ...more,
});

/** What the release of the family meets: its own statements, two evaluations, and every ancestor by its own signer. */
export function releasePolicy(more: Draft = {}): Draft {
  const by = (relations: readonly string[], id: string, type: string, ...anyOf: readonly string[]): Draft => ({
    relations,
    requirements: [requirement(id, type, anyOf)],
  });
  return {
    version: 1,
    name: 'release',
    expires: EXPIRES,
    trust: { keys: Object.fromEntries(ACTORS.map((actor) => [actor, { publicKey: `keys/${actor}.pub` }])) },
    requirements: [
      requirement('weights', MODEL, ['release']),
      requirement('trained', PROVENANCE, ['release']),
      requirement('evaluated', EVALUATION, ['qa', 'auditor'], { signers: { anyOf: ['qa', 'auditor'], threshold: 2 } }),
    ],
    lineage: {
      maxDepth: 8,
      allow: { relations: ['quantized-from', 'merged-from', 'finetuned-from', 'trained-on', 'derived-dataset'] },
      ancestors: [
        by(['quantized-from'], 'merged', MODEL, 'release'),
        by(['merged-from'], 'tuned', MODEL, 'trainer-one', 'trainer-two'),
        by(['finetuned-from'], 'base', MODEL, 'publisher'),
        by(['trained-on', 'derived-dataset'], 'data', DATASET, 'data-owner'),
      ],
    },
    ...more,
  };
}

/** Writes a policy into a folder, where the keys that it names are; gives its name. */
export function writePolicy(dir: string, policy: Draft | string, name = 'policy.json'): string {
  writeFileSync(path.join(dir, name), typeof policy === 'string' ? policy : JSON.stringify(policy));
  return name;
}

/** A DSSE envelope around a policy, signed with a key file. */
export async function signedPolicy(
  policy: Draft,
  keyFile: string,
  payloadType: string = POLICY_PAYLOAD_TYPES.json,
): Promise<string> {
  const payload = Buffer.from(JSON.stringify(policy));
  const signer = await loadSigner(readFileSync(keyFile), undefined);
  const sig = base64Encode(await signer.sign(pae(payloadType, payload)));
  return JSON.stringify({ payloadType, payload: base64Encode(payload), signatures: [{ sig }] });
}

/** A certificate for this name, by a new authority: the files `ca.pem`, `leaf.pem` and `leaf.key` in a folder. */
export function makeCertificate(folder: string, name: string): void {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=CA');
  const extensions = ['keyUsage=critical,digitalSignature', 'extendedKeyUsage=codeSigning', `subjectAltName=${name}`];
  const added = extensions.flatMap((each) => ['-addext', each]);
  const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', '/CN=CI', ...added];
  openssl('req', '-x509', ...key, ...issued, '-keyout', 'leaf.key', '-out', 'leaf.pem');
}
