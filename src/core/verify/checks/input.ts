import type { Provenance } from '../../attestation/index.ts';
import { quote } from '../../bytes/index.ts';
import { compareDigestSets, type DigestSet } from '../../digest/pure.ts';
import type { Check, EvidenceRef } from '../report.ts';

/** Something that a trusted provenance says went into the model. */
export interface ListedInput {
  readonly what: 'dataset' | 'input' | 'configuration' | 'environment';
  readonly name: string | undefined;
  readonly digest: DigestSet;
  /** Canonical paths in it that the digest leaves out. */
  readonly ignored: readonly string[];
  /** How the signer had it; absent where the statement does not say. */
  readonly evidence?: string;
  readonly ref: EvidenceRef;
}

/** All that a provenance lists and that is no model: the bytes of base models are the business of their own evidence. */
export function listedInputs(provenance: Provenance, ref: EvidenceRef): ListedInput[] {
  const { links, inputs, config, environment } = provenance;
  const none: readonly string[] = [];
  return [
    ...links
      .filter(({ role }) => role === 'dataset')
      .map(({ name, digest, ignored, evidence }) => ({
        what: 'dataset' as const,
        name,
        digest,
        ignored,
        evidence,
        ref,
      })),
    ...inputs.map(({ name, digest, evidence }) => ({
      what: 'input' as const,
      name,
      digest,
      ignored: none,
      evidence,
      ref,
    })),
    ...config.map(({ name, digest }) => ({ what: 'configuration' as const, name, digest, ignored: none, ref })),
    ...environment.map(({ name, digest, evidence }) => ({
      what: 'environment' as const,
      name,
      digest,
      ignored: none,
      evidence,
      ref,
    })),
  ];
}

/**
 * A file or folder against what trusted provenance lists: equal to one of them, or named like one and different, or unknown.
 *
 * @param name base name of what the caller gave
 * @param digestFor its digests, less these paths
 */
export function inputCheck(
  name: string,
  listed: readonly ListedInput[],
  digestFor: (ignored: readonly string[]) => DigestSet | undefined,
): Check {
  const base = { id: 'content.input', step: 'content', title: `input ${name}`, required: true } as const;
  const compared = listed.map((entry) => ({
    entry,
    ...compareDigestSets(digestFor(entry.ignored) ?? {}, entry.digest, true),
  }));
  const equal = compared.find(({ equal, unequal }) => equal.length > 0 && unequal.length === 0);
  if (equal !== undefined) {
    const { entry } = equal;
    const how = entry.evidence === undefined ? '' : ` (${entry.evidence})`;
    const message = `${equal.equal.join(', ')} equal to ${described(entry)}${how}`;
    return { ...base, outcome: 'pass', message, evidence: entry.ref };
  }
  const alike = compared.filter(({ entry }) => isNamed(entry, name));
  const other = compared.find(({ equal }) => equal.length > 0) ?? alike.find(({ unequal }) => unequal.length > 0);
  if (other !== undefined) {
    const message = `differs from ${described(other.entry)} that the provenance lists`;
    return { ...base, outcome: 'fail', message, evidence: other.entry.ref };
  }
  const [incomparable] = alike;
  if (incomparable !== undefined) {
    const keys = Object.keys(incomparable.entry.digest).join(', ');
    const message = `${described(incomparable.entry)} is listed by ${keys} alone, which this cannot compute`;
    return { ...base, outcome: 'unknown', message, evidence: incomparable.entry.ref };
  }
  const message =
    listed.length === 0
      ? 'no trusted provenance of these bytes lists an input'
      : `none of the ${listed.length} inputs in the provenance is this one`;
  return { ...base, outcome: 'missing', message };
}

/** A file that a run was seen to read is named by its path. */
const isNamed = (entry: ListedInput, name: string): boolean =>
  entry.name !== undefined && (entry.name === name || entry.name.endsWith(`/${name}`));

const described = ({ what, name }: ListedInput): string =>
  `the ${what} ${name === undefined ? 'given by digest' : quote(name)}`;
