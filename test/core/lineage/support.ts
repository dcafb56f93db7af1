import {
  type BaseRelation,
  buildProvenanceStatement,
  INTOTO_PAYLOAD_TYPE,
  type Link,
  OMS_PREDICATE_TYPE,
  parseStatement,
} from '../../../src/core/attestation/index.ts';
import type { DigestSet } from '../../../src/core/digest/pure.ts';
import {
  buildLineage,
  type Evidence,
  type JudgeAncestor,
  judgeIdentity,
  type LineageGraph,
  type LineageRules,
  type Signer,
} from '../../../src/core/lineage/index.ts';

export const hex = (n: number, kind = '0'): string => `${kind}${n.toString(16)}`.padStart(64, '0');

/** The digest set of the artifact with this number. */
export const setOf = (n: number): DigestSet => ({ sha256: hex(n, 'a0'), stemmaFileTreeV1: hex(n, 'b0') });

export const TRUSTED: readonly Signer[] = [{ id: 'key 1', label: 'publisher' }];

let ids = 0;

/** A statement of which only the digests matter: it says what an artifact is. */
export function identity(digests: DigestSet, signers = TRUSTED, more: Partial<Evidence> = {}): Evidence {
  return {
    id: hex(++ids, 'c0'),
    source: 'model.attestations.jsonl',
    statement: {
      subject: [{ name: undefined, digest: digests }],
      predicateType: OMS_PREDICATE_TYPE,
      predicate: undefined,
      payload: new Uint8Array(),
    },
    subjects: [digests],
    signers,
    signer: signers[0]?.label ?? 'a stranger',
    ...more,
  };
}

export const baseLink = (digest: DigestSet, relation: BaseRelation = 'finetuned-from'): Link => ({
  role: 'base-model',
  relation,
  ...UNNAMED,
  digest,
});

type DatasetLink = Extract<Link, { readonly role: 'dataset' }>;

export const datasetLink = (digest: DigestSet, relation: DatasetLink['relation'] = 'trained-on'): DatasetLink => ({
  role: 'dataset',
  relation,
  ...UNNAMED,
  digest,
});

const UNNAMED = {
  name: undefined,
  uri: undefined,
  evidence: 'declared',
  ignored: [],
  opaque: [],
  share: undefined,
} as const;

/** Signed provenance: what `child` was made from. */
export function provenance(child: DigestSet, links: readonly Link[], signers = TRUSTED): Evidence {
  const payload = buildProvenanceStatement({
    name: 'artifact',
    digest: child,
    ignored: [],
    opaque: [],
    parameters: {},
    config: [],
    links,
    sources: [],
    environment: [],
    logs: [],
    builder: { id: 'https://w3id.org/stemma/builder/local' },
  });
  const statement = parseStatement({
    payloadType: INTOTO_PAYLOAD_TYPE,
    payload,
    signatures: [{ sig: Uint8Array.of(1), keyid: undefined }],
  });
  return identity(child, signers, { statement });
}

export interface Asked {
  readonly said: readonly Evidence[];
  readonly evidence: readonly Evidence[];
  readonly maxDepth?: number;
  readonly judge?: JudgeAncestor | undefined;
  readonly rules?: LineageRules;
}

/** The lineage of artifact 0, judged by identity unless told otherwise. */
export function lineageOf({ said, evidence, maxDepth = 32, rules, ...more }: Asked): LineageGraph {
  const digests = setOf(0);
  return buildLineage({
    model: {
      name: 'model',
      digests,
      sets: [digests],
      sha256Binds: false,
      said,
      outcome: 'pass',
      message: 'as signed',
      signers: ['trainer'],
    },
    evidence,
    judge: 'judge' in more ? more.judge : (ancestor) => judgeIdentity(ancestor),
    rules,
    maxDepth,
  });
}

/** `SHA OUTCOME` of each edge that counts, by the number of its parent, in the order of the graph. */
export const outcomes = ({ edges }: LineageGraph): string[] =>
  edges.filter(({ counts }) => counts).map(({ digests, outcome }) => `${numberOf(digests)} ${outcome}`);

export const numberOf = ({ sha256 = '' }: DigestSet): number => Number.parseInt(sha256.replace(/^0*a0/, ''), 16);

/** Seconds of processor time that a call takes. */
export function seconds(call: () => unknown): number {
  const start = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
