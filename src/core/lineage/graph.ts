import type { EvidenceLevel, Relation } from '../attestation/index.ts';
import type { DigestSet } from '../digest/pure.ts';
import type { Evidence, Signer } from './evidence.ts';

/** As design §5 has them: only `pass` counts as passing. */
export type Outcome = 'pass' | 'fail' | 'missing' | 'unknown' | 'skip' | 'error';

/** What a run was made with, and how its result scored: no ancestors, so never verified here. */
export const COMPANIONS = ['source', 'environment', 'input', 'evaluation'] as const;
export type Companion = (typeof COMPANIONS)[number];

/** `model` is the one that was asked about; `base` and `dataset` are ancestors. A checkpoint that a run went on from is a base. */
export type NodeRole = 'model' | 'base' | 'dataset' | Companion;

/** The relations of design §4; a companion is related by its role. */
export type EdgeRelation = Relation | Companion;

export type Origin = 'stated' | 'vouched' | 'unstated';

export interface LineageNode {
  /** Stable within one graph: `n0` is the model. */
  readonly id: string;
  readonly role: NodeRole;
  /** As the child's signer calls it; a claim, and untrusted. Of an evaluation, what was measured. */
  readonly name: string | undefined;
  /** Of the link that named it first; of the model, what was recomputed; of an evaluation, the SHA-256 of its PAE. */
  readonly digests: DigestSet;
  /** Of the shortest way from the model, which has 0. */
  readonly depth: number;
  /** The worst of the edges that lead to it, of those that count where any does. */
  readonly outcome: Outcome;
  readonly message: string;
  /** Labels of the trusted signers who say what it is. */
  readonly signers: readonly string[];
  /** As its own trusted statements name them, sorted. */
  readonly licences: readonly string[];
  /**
   * Of a verified ancestor: whether a trusted signer says what it was made from, be it nothing, or a trusted verifier has vouched for
   * all that it was made from. Where nobody does it may have further ancestors.
   */
  readonly origin?: Origin;
  /** Ids of the evidence about it, whoever signed it. */
  readonly evidence: readonly string[];
}

/** What a signed statement about the child says of a parent. */
export interface LineageEdge {
  readonly child: string;
  readonly parent: string;
  readonly relation: EdgeRelation;
  readonly evidence: EvidenceLevel;
  /** Parts per million. */
  readonly share?: number;
  /** Where the signers of the link say the parent's evidence is, `ipfs://` URIs: of the trusted ones where there are any. */
  readonly attestations?: readonly string[];
  /** The DigestSet of the link itself: what is verified, whatever else is joined to the node. */
  readonly digests: DigestSet;
  /** Id of the evidence that signs the link. */
  readonly statement: string;
  /** Labels of its trusted signers; empty where a stranger says so. */
  readonly says: readonly string[];
  /** Who signed that, as far as can be told; untrusted text unless `says` has somebody. */
  readonly signer: string;
  /** Whether a verdict over the lineage rests on it: said by a trusted signer, and about an ancestor. */
  readonly counts: boolean;
  readonly outcome: Outcome;
  readonly message: string;
}

export interface LineageGraph {
  /** `nodes[0]` is the model. */
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Why not everything was followed. */
  readonly truncated?: string;
}

/** A parent as a signed link names it, with the evidence that is about exactly that. */
export interface Ancestor {
  readonly digests: DigestSet;
  readonly relation: Relation;
  readonly role: 'base' | 'dataset';
  /** 1 for a parent of the model. */
  readonly depth: number;
  /** Statements whose set matches the link (design §3), whoever signed them. */
  readonly evidence: readonly Evidence[];
  /** Statements that agree in a folder's `sha256` alone, which does not bind names: never enough for identity. */
  readonly unbound: readonly Evidence[];
  /** Statements with one equal and one different digest. */
  readonly contradicting: readonly Evidence[];
}

export interface AncestorVerdict {
  readonly outcome: Outcome;
  readonly message: string;
  /** Who says what the ancestor is. */
  readonly signers: readonly Signer[];
  /** A trusted verifier's summary stands for the ancestor and for its own ancestors. */
  readonly vouched?: true;
}

/** Decides for one ancestor: `--ancestor-key`, or a policy's `lineage.ancestors`. */
export type JudgeAncestor = (ancestor: Ancestor) => AncestorVerdict;

/** What a policy may say beside that; each is asked once for each link. */
export interface LineageRules {
  /** Why this ancestor, or somebody who signed for it, is denied; then everything that descends from it fails. */
  readonly denied?: (ancestor: Ancestor) => string | undefined;
  /** A trusted verifier has verified it and its own ancestors: they are not looked at. */
  readonly stopAt?: (ancestor: Ancestor) => AncestorVerdict | undefined;
}
