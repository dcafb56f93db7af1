import { createHash } from 'node:crypto';
import {
  type Bundle,
  DATASET_PREDICATE_TYPE,
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  omsDigestSet,
  PROVENANCE_PREDICATE_TYPE,
  pae,
  parseBundle,
  parseDatasetPredicate,
  parseModelPredicate,
  parseOms,
  parseProvenance,
  parseStatement,
  type Relation,
  type Statement,
} from '../attestation/index.ts';
import { hexEncode } from '../bytes/index.ts';
import { type DigestSet, sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';

/** A parent that a statement names. */
export interface EntryLink {
  readonly digests: DigestSet;
  readonly relation: Relation;
}

/** What a stored bundle says. Nobody has checked its signature: all of it is a claim. */
export interface Entry {
  readonly bundle: Bundle;
  readonly statement: Statement;
  /** Lower-case hex SHA-256 of the DSSE PAE. */
  readonly pae: string;
  /** Of the first subject; of an OMS statement, that of the model. */
  readonly name: string | undefined;
  /** The hint of a key, a certificate's SHA-256, or a DSSE key id: whom the bundle names. */
  readonly signer: string | undefined;
  /** By which a link may name what it is about (design §3); of an OMS statement the recomputed ones. */
  readonly subjects: readonly DigestSet[];
  readonly links: readonly EntryLink[];
  /** The manifest that a model statement names. */
  readonly manifest: string | undefined;
}

/** More than any statement of ours has; the files of an OMS statement are not subjects here. */
const MAX_SUBJECTS = 1000;

/**
 * Reads what is stored: a Sigstore bundle or bare DSSE envelope around an in-toto statement. A predicate of a type that we read
 * must parse, or the statement could be found by what it does not say.
 *
 * @throws StemmaError as `parseBundle`, `parseStatement` and the predicates; TOO_LARGE for more than 1,000 subjects
 */
export function readEntry(bytes: Uint8Array, what: string): Entry {
  const bundle = parseBundle(bytes, what);
  const { payloadType, payload } = bundle.envelope;
  const statement = parseStatement(bundle.envelope);
  const [first] = statement.subject;
  const base = {
    bundle,
    statement,
    pae: hexEncode(sha256(pae(payloadType, payload))),
    name: first?.name,
    signer: signerOf(bundle),
    links: [],
    manifest: undefined,
  };
  if (isOmsPredicateType(statement.predicateType)) return { ...base, ...omsOf(statement) };
  if (statement.subject.length > MAX_SUBJECTS) {
    throw new StemmaError('TOO_LARGE', `expected at most ${MAX_SUBJECTS} subjects, found ${statement.subject.length}`);
  }
  return { ...base, subjects: statement.subject.map(({ digest }) => digest), ...predicateOf(statement) };
}

function omsOf(statement: Statement): Pick<Entry, 'name' | 'subjects'> {
  const oms = parseOms(statement, sha256);
  // One resource named like its subject may stand for a file or for a folder that holds just that file.
  const readings = oms.singleFile ? [oms, { ...oms, singleFile: false }] : [oms];
  const subjects = readings.map((reading) => omsDigestSet(sha256, reading)).filter((set) => set !== undefined);
  return { name: oms.subjectName, subjects };
}

function predicateOf(statement: Statement): Partial<Pick<Entry, 'links' | 'manifest'>> {
  switch (statement.predicateType) {
    case PROVENANCE_PREDICATE_TYPE: {
      const { links } = parseProvenance(statement);
      return { links: links.map(({ digest, relation }) => ({ digests: digest, relation })) };
    }
    case DATASET_PREDICATE_TYPE: {
      const { derivedFrom } = parseDatasetPredicate(statement);
      return { links: derivedFrom.map(({ digest, relation }) => ({ digests: digest, relation })) };
    }
    case MODEL_PREDICATE_TYPE:
      return { manifest: parseModelPredicate(statement).manifest?.sha256 };
    default:
      return {};
  }
}

function signerOf({ material, envelope }: Bundle): string | undefined {
  switch (material.kind) {
    case 'publicKey':
      return material.hint ?? envelope.signatures[0]?.keyid;
    case 'none':
      return envelope.signatures[0]?.keyid;
    case 'certificateChain':
      return fingerprint(material.chain[0]);
    case 'certificate':
      return fingerprint(material.certificate);
  }
}

const fingerprint = (der: Uint8Array | undefined): string | undefined =>
  der === undefined ? undefined : createHash('sha256').update(der).digest('hex');
