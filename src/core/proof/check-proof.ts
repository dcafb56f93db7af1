import { type Bundle, parseBundle, type Statement } from '../attestation/index.ts';
import { decodeHex } from '../bytes/index.ts';
import { compareDigestSets, type DigestSet } from '../digest/pure.ts';
import { type HashFunction, leafHash, verifyInclusion } from '../merkle/index.ts';
import type { AuthenticatedStatement, Check, EvidenceRef, Outcome, Trust } from '../verify/index.ts';
import { isMalformed, leafData, type ModelLeaves, parseProof } from './proof.ts';
import type { Proof } from './proof-schema.ts';
import { saltedFileTree } from './salted-file.ts';
import { type SignedTree, signedTreeOf } from './signed-tree.ts';

/** What checking needs from outside; nothing here reads a file. */
export interface ProofContext {
  readonly authenticate: (bundle: Bundle, ref: EvidenceRef) => Promise<AuthenticatedStatement>;
  readonly sha256: HashFunction;
  readonly leaves: ModelLeaves;
  /** `--expect`: a digest set that the statement's subject must have. */
  readonly expect?: DigestSet;
  /** `--expect-name`: the name that the signer must have given the subject. */
  readonly expectName?: string;
}

/** One proof after its checks. What is absent could not be read. */
export interface JudgedProof {
  readonly checks: readonly Check[];
  readonly proof?: Proof;
  readonly statement?: AuthenticatedStatement;
  /** Only out of a statement by a trusted signer. */
  readonly tree?: SignedTree;
}

/** A proof is authenticated as verify does it (design §5), except that it must be: an untrusted signer leaves it open. */
const TRUST_OUTCOMES: Readonly<Record<Trust, Outcome>> = {
  trusted: 'pass',
  named: 'fail',
  expired: 'missing',
  untrusted: 'missing',
  malformed: 'error',
  unauthenticated: 'missing',
};

/**
 * Checks one proof (docs/formats/proof.md). Never throws for hostile input: what is wrong becomes a check. Root and size are
 * those of the authenticated statement; the leaf hash is made from the leaf's fields.
 */
export async function checkProof(line: Uint8Array, ref: EvidenceRef, context: ProofContext): Promise<JudgedProof> {
  let proof: Proof;
  let bundle: Bundle;
  try {
    proof = parseProof(line);
    bundle = parseBundle(proof.statement, 'the statement of the proof');
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return { checks: [{ ...documentCheck(ref), outcome: 'error', errorClass: 'malformed', message: error.message }] };
  }
  const document: Check = { ...documentCheck(ref), outcome: 'pass', message: `a ${proof.kind} proof` };
  const entry = await context.authenticate(bundle, ref);
  const signature = signatureCheck(entry);
  const { statement } = entry;
  if (entry.trust !== 'trusted' || statement === undefined) {
    return { checks: [document, signature, ...notAsked(entry.ref)], proof, statement: entry };
  }
  let tree: SignedTree | undefined;
  try {
    tree = treeOf(statement, proof, context.sha256);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    const { message } = error;
    const malformed: Check = { ...treeCheck(entry.ref), outcome: 'error', errorClass: 'malformed', message };
    return { checks: [document, signature, malformed], proof, statement: entry };
  }
  const checks = [document, signature, listedCheck(proof, tree, statement, entry.ref)];
  if (tree !== undefined) checks.push(inclusionCheck(proof, tree, entry.ref, context));
  checks.push(...expectations(statement, entry.ref, context));
  return { checks, proof, statement: entry, ...(tree === undefined ? {} : { tree }) };
}

/** The tree of the leaf: one that the statement has, or one under a leaf that is proven to be in such a tree. */
function treeOf(statement: Statement, proof: Proof, sha256: HashFunction): SignedTree | undefined {
  if (proof.kind !== 'salted-record' || !('file' in proof.tree)) return signedTreeOf(statement, proof);
  const files = signedTreeOf(statement, { kind: 'salted-file' });
  return files && saltedFileTree(proof.tree, files, sha256);
}

const documentCheck = (evidence: EvidenceRef) =>
  ({ id: 'collect.proof', step: 'collect', title: 'the proof can be read', required: true, evidence }) as const;

const treeCheck = (evidence: EvidenceRef) =>
  ({ id: 'content.tree', step: 'content', title: 'the statement has this tree', required: true, evidence }) as const;

const inclusion = { id: 'content.inclusion', step: 'content', title: 'the leaf is in the tree' } as const;

function signatureCheck(entry: AuthenticatedStatement): Check {
  const unsupported = entry.trust === 'trusted' && entry.statement === undefined;
  return {
    id: 'authenticate.signature',
    step: 'authenticate',
    title: 'a trusted signer signed the statement',
    outcome: unsupported ? 'unknown' : TRUST_OUTCOMES[entry.trust],
    ...(entry.trust === 'malformed' ? { errorClass: 'malformed' as const } : {}),
    required: true,
    message: unsupported ? `${entry.message}, but its payload type is not supported` : entry.message,
    evidence: entry.ref,
  };
}

/** Nobody who is trusted signed a root, so there is none to compare with. */
const notAsked = (evidence: EvidenceRef): Check[] => [
  {
    ...inclusion,
    outcome: 'skip',
    required: false,
    message: 'no trusted signer, so no root to compare with',
    evidence,
  },
];

function listedCheck(proof: Proof, tree: SignedTree | undefined, statement: Statement, evidence: EvidenceRef): Check {
  if (tree === undefined) {
    const ofFile = 'tree' in proof && 'file' in proof.tree && proof.kind === 'salted-record';
    const message =
      ofFile && signedTreeOf(statement, { kind: 'salted-file' }) !== undefined
        ? 'the file of this record, with its path, number of records and root, is not under the signed root over the files'
        : `${evidence.predicateType ?? 'the statement'} has no such ${proof.kind} tree`;
    return { ...treeCheck(evidence), outcome: 'fail', message };
  }
  return { ...treeCheck(evidence), outcome: 'pass', message: `${tree.size} leaves` };
}

function inclusionCheck(proof: Proof, tree: SignedTree, evidence: EvidenceRef, context: ProofContext): Check {
  const base = { ...inclusion, required: true, evidence };
  if (proof.index >= tree.size) {
    const message = `expected an index below ${tree.size}, the signed size, found ${proof.index}`;
    return { ...base, outcome: 'error', errorClass: 'malformed', message };
  }
  const included = verifyInclusion(context.sha256, {
    index: BigInt(proof.index),
    size: BigInt(tree.size),
    leafHash: leafHash(context.sha256, leafData(proof, context.leaves)),
    proof: proof.path.map(decodeHex),
    root: decodeHex(tree.root),
  });
  return included
    ? { ...base, outcome: 'pass', message: `leaf ${proof.index} of ${tree.size} under the signed root` }
    : { ...base, outcome: 'fail', message: `the leaf and its path do not lead to the signed root ${tree.root}` };
}

function expectations({ subject }: Statement, evidence: EvidenceRef, { expect, expectName }: ProofContext): Check[] {
  const [first] = subject;
  const checks: Check[] = [];
  if (expect !== undefined) {
    const { equal, unequal } = compareDigestSets(expect, first?.digest ?? {}, true);
    const all = equal.length === Object.keys(expect).length;
    checks.push({
      id: 'match.expect',
      step: 'match',
      title: 'the statement is about the expected digests',
      outcome: unequal.length > 0 ? 'fail' : all ? 'pass' : 'unknown',
      required: true,
      message:
        unequal.length > 0
          ? `${unequal.join(', ')}: the statement has another value`
          : all
            ? `${equal.join(', ')} as expected`
            : 'the statement does not have every expected key',
      evidence,
    });
  }
  if (expectName !== undefined) {
    const same = first?.name === expectName;
    checks.push({
      id: 'match.expect-name',
      step: 'match',
      title: 'the statement is about the expected name',
      outcome: same ? 'pass' : 'fail',
      required: true,
      message: same
        ? `the signer calls it ${JSON.stringify(expectName)}`
        : `expected ${JSON.stringify(expectName)}, the signer calls it ${JSON.stringify(first?.name ?? null)}`,
      evidence,
    });
  }
  return checks;
}
