import type { Relation } from '../attestation/index.ts';
import type { DigestSet } from '../digest/index.ts';
import type { LineageGraph } from '../lineage/index.ts';
import type { RequirementResult } from '../policy/index.ts';

/** The steps of design §5, in their fixed order. */
export const STEPS = ['collect', 'authenticate', 'match', 'content', 'lineage', 'transparency', 'policy'] as const;
export type Step = (typeof STEPS)[number];

/** Design §5: only `pass` counts as passing. */
export type Outcome = 'pass' | 'fail' | 'missing' | 'unknown' | 'skip' | 'error';

/** Where a piece of evidence came from; every text in it is untrusted. */
export interface EvidenceRef {
  /** The side file's name, or the base name of a file given by flag. */
  readonly source: string;
  /** Line in a JSON Lines file, counted from 1. */
  readonly line?: number;
  readonly predicateType?: string;
  /** Lower-case hex SHA-256 of the DSSE PAE: identifies what was signed, whatever the signature's bytes. */
  readonly pae?: string;
  readonly signer?: string;
}

/** One thing that was checked, and what came of it. */
export interface Check {
  /** Stable and dotted, `STEP.what`: documented in docs/json-output.md, the SARIF rule id and the JUnit test name. */
  readonly id: string;
  readonly step: Step;
  readonly title: string;
  readonly outcome: Outcome;
  /** Only with `error`. */
  readonly errorClass?: 'malformed' | 'unavailable';
  /** Whether the exit code looks at this check. */
  readonly required: boolean;
  /** What was expected and what was found. May hold untrusted text, raw: renderers escape it. */
  readonly message: string;
  readonly hint?: string;
  readonly evidence?: EvidenceRef;
}

export type ChangeKind = 'changed' | 'added' | 'missing' | 'renamed' | 'unreadable' | 'refused';

/** A difference between the bytes on disk and what a statement lists. */
export interface FileChange {
  /** Relative to the model; empty for a single-file model. Untrusted. */
  readonly path: string;
  readonly change: ChangeKind;
  /** For `renamed`, where the same bytes were listed. */
  readonly from?: string;
  readonly expected?: string;
  readonly found?: string;
  /** Tensors of this file that changed, where a manifest allows to tell. Untrusted. */
  readonly tensors?: readonly string[];
}

export interface SignerRef {
  /** `key sha256:…`, or an identity. */
  readonly name: string;
  /** Which trust root entry this is, as named by the caller. */
  readonly trustedAs?: string;
  readonly statements: readonly string[];
}

/** A named fact of an authenticated statement. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Who says so; absent where it was recomputed here. */
  readonly by?: string;
}

/** A requirement of a policy, with every statement that was looked at for it. */
export interface PolicyRequirement extends Omit<RequirementResult, 'outcome'> {
  readonly outcome: Outcome;
}

/** The policy that a model was held against. */
export interface PolicyReport {
  /** Base name of its file. */
  readonly file: string;
  /** As it calls itself. */
  readonly name?: string;
  /** Lower-case hex SHA-256 of the document, without the envelope around it. */
  readonly digest: string;
  /** Who signed it, as the caller named him; absent where nobody was asked for. */
  readonly signer?: string;
  /** RFC 3339. */
  readonly expires: string;
  readonly requirements: readonly PolicyRequirement[];
}

/** A number, or what JSON has no number for. */
export type Figure = number | 'NaN' | 'Infinity' | '-Infinity';

/** A tensor that is not bit for bit what its parents give. */
export interface RebuiltTensor {
  /** Untrusted. */
  readonly tensor: string;
  readonly dtype: string;
  readonly outcome: 'close' | 'different' | 'undecided';
  readonly why?: string;
  /** Over all values of the tensor; `index` counts them from 0 in the order of the data. */
  readonly errors?: {
    readonly differing: number;
    readonly worst?: { readonly index: number; readonly expected: Figure; readonly found: Figure };
    readonly largest: Figure;
    readonly mean: Figure;
  };
}

/** What computing the model again from its parents came to. */
export interface Rebuilt {
  readonly relation: Relation;
  /** As the signer calls them. Untrusted. */
  readonly parents: readonly string[];
  readonly outcome: 'exact' | 'close' | 'different' | 'undecided';
  /** Tensors of the model, and how many of them are exact. */
  readonly tensors: number;
  readonly exact: number;
  /** Of another name than the parent's. */
  readonly renamed: number;
  /** Tensors of the parents that the model leaves out; the first 100. */
  readonly missing: readonly string[];
  /** The first 100. */
  readonly unequal: readonly RebuiltTensor[];
  /** Why nothing was compared. */
  readonly undecided?: string;
}

export interface Report {
  readonly reportVersion: 1;
  readonly tool: { readonly name: 'stemma'; readonly version: string };
  /** RFC 3339, the clock that certificates were judged by; null where no check needed one. */
  readonly time: string | null;
  readonly mode: 'verify' | 'fast' | 'full' | 'sample' | 'integrity-only' | 'evidence-only';
  readonly subject: {
    readonly name: string;
    readonly kind: 'folder' | 'file';
    readonly files: number;
    readonly bytes: number;
    /** Only the keys that were recomputed in this run. */
    readonly digests: DigestSet;
  };
  readonly result: 'pass' | 'fail' | 'incomplete' | 'malformed' | 'unavailable';
  /** One sentence: the verdict and its reason. */
  readonly verdict: string;
  readonly checks: readonly Check[];
  readonly changes: readonly FileChange[];
  readonly signers: readonly SignerRef[];
  readonly verified: readonly Fact[];
  readonly claimed: readonly Fact[];
  /** What signed statements say it came from, and what came of verifying that. */
  readonly lineage: LineageGraph;
  /** Only with `--policy`. */
  readonly policy?: PolicyReport;
  /** Empty without `--recompute`. */
  readonly rebuilt: readonly Rebuilt[];
  /** Paths of the model's folder that the verdict says nothing about, and why. */
  readonly notCovered: readonly { readonly path: string; readonly because: string }[];
  /** Every predicate type seen, authenticated or not. */
  readonly evidence: readonly {
    readonly predicateType: string;
    readonly statements: number;
    readonly trusted: number;
  }[];
  /** What this run did not check. */
  readonly skipped: readonly string[];
  readonly warnings: readonly string[];
  /** Flags whose value came from the environment: `STEMMA_TRUSTED_KEYS`. */
  readonly environment: readonly string[];
}
