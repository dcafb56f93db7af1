import {
  DATASET_PREDICATE_TYPE,
  type Described,
  EVALUATION_PREDICATE_TYPE,
  type Evaluation,
  type EvidenceLevel,
  isLicenseExpression,
  isOmsPredicateType,
  type Link,
  MODEL_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  type Provenance,
  parseDatasetPredicate,
  parseEvaluation,
  parseModelPredicate,
  parseProvenance,
  type Statement,
  TRAINING_BUILD_TYPE,
} from '../attestation/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { Evidence } from './evidence.ts';
import type { Companion } from './graph.ts';

/** A source, an environment or another file that a run was made with. */
export interface CompanionLink extends Described {
  readonly role: Exclude<Companion, 'evaluation'>;
  readonly evidence: EvidenceLevel;
}

/** What a statement says that bears on lineage. */
export interface Reading {
  /** `malformed`: the predicate is of a type we know and does not hold together. */
  readonly kind: 'oms' | 'model' | 'dataset' | 'provenance' | 'evaluation' | 'other' | 'malformed';
  /** Whether its `sha256` binds names and bytes: of a single file, or of an OMS statement, whose resources bind them (design §3). */
  readonly sha256Binds: boolean;
  readonly links: readonly Link[];
  /** Whether its links are all that the artifact was made from: under another build type than ours they are not read. */
  readonly isOrigin: boolean;
  readonly companions: readonly CompanionLink[];
  readonly licences: readonly string[];
  /** Of an evaluation, its first numbers. */
  readonly scores?: string;
}

const NOTHING = { sha256Binds: false, isOrigin: false, links: [], companions: [], licences: [] } as const;

const known = new WeakMap<Statement, Reading>();

/** Reads a statement once, however many links lead to it. Hostile input gives `malformed`, never an error. */
export function readingOf({ statement }: Pick<Evidence, 'statement'>): Reading {
  const found = known.get(statement) ?? read(statement);
  known.set(statement, found);
  return found;
}

function read(statement: Statement): Reading {
  try {
    const type = statement.predicateType;
    if (isOmsPredicateType(type)) return { ...NOTHING, kind: 'oms', sha256Binds: true };
    if (type === MODEL_PREDICATE_TYPE)
      return { ...NOTHING, kind: 'model', sha256Binds: parseModelPredicate(statement).kind === 'file' };
    if (type === DATASET_PREDICATE_TYPE) return readDataset(statement);
    if (type === PROVENANCE_PREDICATE_TYPE) return readProvenance(parseProvenance(statement));
    if (type === EVALUATION_PREDICATE_TYPE) return readEvaluation(parseEvaluation(statement));
    return { ...NOTHING, kind: 'other' };
  } catch (error) {
    if (isStemmaError(error)) return { ...NOTHING, kind: 'malformed' };
    throw error;
  }
}

function readDataset(statement: Statement): Reading {
  const { kind, derivedFrom, licenses } = parseDatasetPredicate(statement);
  return {
    ...NOTHING,
    kind: 'dataset',
    isOrigin: true,
    sha256Binds: kind === 'file',
    links: derivedFrom,
    licences: licenses,
  };
}

/** A parameter, under our build type: the licence of what was made. */
const LICENCE = 'license';

function readProvenance({ buildType, links, sources, environment, inputs, parameters }: Provenance): Reading {
  const isOrigin = buildType === TRAINING_BUILD_TYPE;
  const licence = isOrigin && Object.hasOwn(parameters, LICENCE) ? parameters[LICENCE] : undefined;
  const companions = [
    ...sources.map((each) => ({ ...each, role: 'source' as const })),
    ...environment.map((each) => ({ ...each, role: 'environment' as const })),
    ...inputs.map((each) => ({ ...each, role: 'input' as const })),
  ];
  const licences = licence !== undefined && isLicenseExpression(licence) ? [licence] : [];
  return { ...NOTHING, kind: 'provenance', isOrigin, links, companions, licences };
}

/** As many as a picture can hold; the report has them all among its facts. */
const MAX_SCORES = 3;

function readEvaluation({ dataset, metrics }: Evaluation): Reading {
  const scores = metrics
    .slice(0, MAX_SCORES)
    .map(({ name, value }) => `${name} ${value}`)
    .join(', ');
  return { ...NOTHING, kind: 'evaluation', links: dataset === undefined ? [] : [dataset], scores };
}
