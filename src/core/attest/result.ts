import { type DigestSet, SALTED_TREE } from '../digest/index.ts';
import type { PublicKey } from '../keys/index.ts';
import type { Finding, ModelDigest } from '../model/index.ts';
import type { Materials } from './materials.ts';
import type { Place } from './place.ts';
import type { EvidenceWritten } from './write-evidence.ts';

export interface AttestResult {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly bytes: number;
  readonly digests: DigestSet;
  readonly signer: { readonly type: string; readonly fingerprint: string };
  readonly builder: string;
  /** Base names of the files that were written; empty where everything was there already. */
  readonly written: readonly string[];
  readonly appended: number;
  readonly copiedEvidence: number;
  readonly links: readonly {
    readonly relation: string;
    readonly role: string;
    readonly name?: string;
    readonly digests: DigestSet;
  }[];
  /** `salted` where nothing but the salted root is published. */
  readonly logs: readonly { readonly name: string; readonly records: number; readonly salted?: true }[];
  /** Base names of the secrets that were made for salted logs. */
  readonly newSecrets?: readonly string[];
  readonly findings: readonly Finding[];
  /** Whether an OMS statement was made, and whether it stands in `model.sig` or, another signer's being there, as a line. */
  readonly oms: 'file' | 'line' | 'none';
}

/** What `attest` did, without anything absolute, secret or of this machine. */
export function attestResult(done: {
  readonly name: string;
  readonly model: ModelDigest;
  readonly materials: Materials;
  readonly key: PublicKey;
  readonly builder: string;
  readonly oms: string | undefined;
  readonly place: Place;
  readonly written: EvidenceWritten;
}): AttestResult {
  const { materials, place, written } = done;
  const { kind, files, bytes, digests } = done.model.trees;
  const { type, fingerprint } = done.key;
  return {
    name: done.name,
    kind,
    files,
    bytes,
    digests,
    signer: { type, fingerprint },
    builder: done.builder,
    written: written.files,
    appended: written.appended,
    copiedEvidence: materials.ancestors.length,
    links: materials.links.map(({ relation, role, name, digest }) => ({
      relation,
      role,
      ...(name === undefined ? {} : { name }),
      digests: digest,
    })),
    logs: materials.logs.map(({ name, size, digest }) => ({
      name,
      records: size,
      ...(Object.hasOwn(digest, SALTED_TREE) ? { salted: true as const } : {}),
    })),
    findings: done.model.findings,
    oms: place.omsLine !== undefined ? 'line' : done.oms === undefined ? 'none' : 'file',
  };
}
