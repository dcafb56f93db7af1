import type { JsonObject } from '../../bytes/index.ts';
import { type DigestSet, parseDigestSet, SALTED_TREE } from '../../digest/pure.ts';
import { JsonFields, malformed } from '../json-fields.ts';
import type { Statement } from '../statement.ts';
import {
  type Described,
  EVIDENCE_LEVELS,
  type EvidenceLevel,
  type Link,
  oneOf,
  parseLink,
  readFileSet,
} from './link.ts';
import { type NetworkContact, type ObservationSummary, parseContact, parseObservation } from './observation.ts';
import { PROVENANCE_PREDICATE_TYPE, TRAINING_BUILD_TYPE } from './types.ts';

const MAX_DEPENDENCIES = 10_000;
const MAX_BYPRODUCTS = 10_000;
const MAX_PARAMETERS = 10_000;
const MAX_ARGUMENTS = 1024;

/** Whether the source had changes that its commit does not hold. */
export const WORKING_TREES = ['clean', 'modified', 'unknown'] as const;
export type WorkingTree = (typeof WORKING_TREES)[number];

/** What the run was made with and is no parent: source code, environment, other files. */
export interface Material {
  readonly name: string | undefined;
  readonly uri: string | undefined;
  readonly digest: DigestSet;
  readonly evidence: EvidenceLevel;
  /** Only with a source. */
  readonly workingTree?: WorkingTree;
  /** Only with an input: the run was seen to read it, and nobody had declared it. */
  readonly undeclared?: true;
  /** Only with the environment: how many files, where the digest is the root of their tree. */
  readonly files?: number;
}

/** A training log: `digest` has the file's SHA-256 and its record tree, or the root of its salted tree alone (design §3). */
export interface LogRoot {
  readonly name: string;
  readonly digest: DigestSet;
  /** Number of records. */
  readonly size: number;
  readonly records: 'lf' | 'tfrecord';
  /** The last record is incomplete. */
  readonly truncated: boolean;
}

/** A signed note that was made of a log while it grew (docs/formats/checkpoint.md). */
export interface ListedCheckpoint {
  /** The log's name, as its `LogRoot` has it where the log is listed as well. */
  readonly log: string;
  readonly origin: string;
  /** How many records it covers. */
  readonly size: number;
  /** Of the note, signature lines included: lower-case hex. */
  readonly sha256: string;
}

/** SLSA provenance v1. With another build type than ours the lists of our annotations are empty. */
export interface Provenance {
  /** Of the subject (design §3). */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly buildType: string;
  /** As signed; claims, whoever signed. */
  readonly externalParameters: JsonObject;
  /** What was run, without secrets and absolute paths; empty where nobody watched a command. */
  readonly command: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly config: readonly Described[];
  /** Base models and datasets, in listed order. */
  readonly links: readonly Link[];
  /** Files that are neither base model nor dataset. */
  readonly inputs: readonly Material[];
  readonly sources: readonly Material[];
  readonly environment: readonly Material[];
  readonly contacts: readonly NetworkContact[];
  readonly observation: ObservationSummary | undefined;
  readonly logs: readonly LogRoot[];
  /** In the order in which they were made. */
  readonly checkpoints: readonly ListedCheckpoint[];
  readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
  readonly invocationId: string | undefined;
  readonly startedOn: string | undefined;
  readonly finishedOn: string | undefined;
}

/**
 * Reads SLSA provenance v1, ours or another builder's: unknown members are ignored as the specification asks. Under our build
 * type every dependency must carry a DigestSet, a known role and its annotations (docs/formats/provenance.md).
 *
 * @throws StemmaError PREDICATE_INVALID or DIGEST_SET_INVALID with the JSON pointer
 */
export function parseProvenance(statement: Statement): Provenance {
  if (statement.predicateType !== PROVENANCE_PREDICATE_TYPE) {
    throw malformed('PREDICATE_INVALID', '/predicateType', `expected ${PROVENANCE_PREDICATE_TYPE}, found another`);
  }
  const predicate = JsonFields.of(statement.predicate, '/predicate', 'PREDICATE_INVALID');
  const definition = predicate.object('buildDefinition');
  const details = predicate.object('runDetails');
  const buildType = definition.text('buildType', 1024);
  const external = definition.optionalObject('externalParameters');
  const builder = details.object('builder');
  const metadata = details.optionalObject('metadata');
  const common = {
    buildType,
    externalParameters: external?.value ?? {},
    builder: { id: builder.text('id', 2048), version: strings(builder.optionalObject('version')) },
    invocationId: metadata?.optionalString('invocationId'),
    startedOn: metadata?.optionalString('startedOn'),
    finishedOn: metadata?.optionalString('finishedOn'),
  };
  if (buildType !== TRAINING_BUILD_TYPE) {
    return {
      ...common,
      ignored: [],
      opaque: [],
      command: [],
      parameters: {},
      config: [],
      links: [],
      inputs: [],
      sources: [],
      environment: [],
      contacts: [],
      observation: undefined,
      logs: [],
      checkpoints: [],
    };
  }
  const [subject] = statement.subject;
  if (subject === undefined || statement.subject.length !== 1) {
    throw malformed('PREDICATE_INVALID', '/subject', `expected one subject, found ${statement.subject.length}`);
  }
  const annotations = subject.annotations;
  const byproducts = details.objects('byproducts', MAX_BYPRODUCTS);
  return {
    ...common,
    ...readFileSet(
      annotations === undefined ? undefined : JsonFields.of(annotations, '/subject/0/annotations', 'PREDICATE_INVALID'),
    ),
    command: external === undefined ? [] : parseCommand(external),
    parameters: strings(external?.optionalObject('parameters')),
    config: external?.objects('config', MAX_DEPENDENCIES).map(describe) ?? [],
    ...parseDependencies(definition),
    observation: parseObservation(definition.optionalObject('internalParameters')),
    logs: byproducts.flatMap(parseLog),
    checkpoints: byproducts.flatMap(parseCheckpoint),
  };
}

type Dependencies = Pick<Provenance, 'links' | 'inputs' | 'sources' | 'environment' | 'contacts'>;

function parseDependencies(definition: JsonFields): Dependencies {
  const links: Link[] = [];
  const inputs: Material[] = [];
  const sources: Material[] = [];
  const environment: Material[] = [];
  const contacts: NetworkContact[] = [];
  for (const fields of definition.objects('resolvedDependencies', MAX_DEPENDENCIES)) {
    const annotations = fields.object('annotations');
    const role = oneOf(annotations, 'role', ['base-model', 'dataset', 'input', 'source', 'environment', 'network']);
    if (role === 'network') {
      contacts.push(parseContact(fields, annotations));
      continue;
    }
    const described = describe(fields);
    if (role === 'base-model' || role === 'dataset') {
      links.push(parseLink(role, described, annotations));
      continue;
    }
    const evidence = oneOf(annotations, 'evidence', EVIDENCE_LEVELS);
    if (role === 'input') {
      const undeclared = annotations.get('undeclared') !== undefined && annotations.boolean('undeclared');
      inputs.push({ ...described, evidence, ...(undeclared ? { undeclared } : {}) });
    } else if (role === 'environment') {
      const files = annotations.get('files') === undefined ? {} : { files: annotations.integer('files', 1) };
      environment.push({ ...described, evidence, ...files });
    } else sources.push({ ...described, evidence, workingTree: oneOf(annotations, 'workingTree', WORKING_TREES) });
  }
  return { links, inputs, sources, environment, contacts };
}

function parseCommand(external: JsonFields): string[] {
  return external.array('command', MAX_ARGUMENTS).map((argument) => {
    if (typeof argument !== 'string') throw external.bad('command', 'expected strings, found something else');
    return argument;
  });
}

/** A byproduct with `records` is a log; others may stand beside it (SLSA gives the list to every builder). */
function parseLog(fields: JsonFields): LogRoot[] {
  const annotations = fields.optionalObject('annotations');
  if (annotations?.get('records') === undefined) return [];
  const { digest } = describe(fields);
  requireSaltedAlone(digest, `${fields.pointer}/digest`);
  return [
    {
      name: fields.text('name', 4096),
      digest,
      size: annotations.integer('size', 0),
      records: oneOf(annotations, 'records', ['lf', 'tfrecord']),
      truncated: annotations.get('truncated') === undefined ? false : annotations.boolean('truncated'),
    },
  ];
}

/** A byproduct with `checkpoint` is one, unless it is a log. */
function parseCheckpoint(fields: JsonFields): ListedCheckpoint[] {
  const annotations = fields.optionalObject('annotations');
  if (annotations?.get('checkpoint') === undefined || annotations.get('records') !== undefined) return [];
  const { sha256 } = describe(fields).digest;
  if (sha256 === undefined) throw fields.bad('digest', 'expected sha256, found none');
  const origin = annotations.text('checkpoint', 4096);
  return [{ log: fields.text('name', 4096), origin, size: annotations.integer('size', 1), sha256 }];
}

/**
 * Design §3: beside the root of a salted log there is no other digest, which would let its records be guessed.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function requireSaltedAlone(digest: DigestSet, pointer: string): void {
  if (!Object.hasOwn(digest, SALTED_TREE)) return;
  const other = Object.keys(digest).find((key) => key !== SALTED_TREE);
  if (other !== undefined) throw malformed('PREDICATE_INVALID', `${pointer}/${other}`, `expected ${SALTED_TREE} alone`);
}

function describe(fields: JsonFields): Described {
  return {
    name: fields.optionalString('name'),
    uri: fields.optionalString('uri'),
    digest: parseDigestSet(fields.object('digest').value, `${fields.pointer}/digest`),
  };
}

function strings(fields: JsonFields | undefined): Record<string, string> {
  if (fields === undefined) return {};
  const keys = Object.keys(fields.value);
  if (keys.length > MAX_PARAMETERS)
    throw malformed('PREDICATE_INVALID', fields.pointer, `expected at most ${MAX_PARAMETERS} members`);
  return Object.fromEntries(keys.map((key) => [key, fields.string(key)]));
}
