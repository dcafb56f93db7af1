import { z } from 'zod';
import { compareUtf8, type JsonObject, quote } from '../../bytes/index.ts';
import { type DigestSet, parseDigestSet } from '../../digest/pure.ts';
import { malformed } from '../json-fields.ts';
import { buildStatement } from '../statement.ts';
import { INTERPRETED } from './interpreted.ts';
import type { Described, Link } from './link.ts';
import type { NetworkContact, ObservationSummary } from './observation.ts';
import { type ListedCheckpoint, type LogRoot, type Material, requireSaltedAlone } from './provenance.ts';
import { fileSetShape, type TrainingProvenanceJson, trainingProvenanceSchema } from './provenance-schema.ts';
import { PROVENANCE_PREDICATE_TYPE, TRAINING_BUILD_TYPE } from './types.ts';
import { schemaError } from './zod-errors.ts';

/** What only whoever started the command knows (docs/run.md). */
export interface ObservedRun {
  /** Argument by argument, secrets and absolute paths already taken out. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Of interpreter and frameworks, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly gpus: readonly { readonly name: string; readonly driver: string }[];
  /** RFC 3339 in UTC. */
  readonly startedOn: string;
  readonly finishedOn: string;
  /** Where the run was observed beyond its streams. */
  readonly observation?: ObservationSummary | undefined;
  readonly contacts?: readonly NetworkContact[];
  /** Signed notes that were made of its logs meanwhile (docs/formats/checkpoint.md), in the order in which they were made. */
  readonly checkpoints?: readonly ListedCheckpoint[];
}

export interface ProvenanceInput {
  readonly name: string;
  readonly digest: DigestSet;
  /** Of the model; they become annotations of the subject. */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly config: readonly Described[];
  readonly links: readonly Link[];
  readonly sources: readonly Material[];
  /** Files that are neither base model nor dataset. */
  readonly inputs?: readonly Material[];
  readonly environment: readonly Material[];
  readonly logs: readonly LogRoot[];
  readonly run?: ObservedRun | undefined;
  /** `id` is a URI. */
  readonly builder: { readonly id: string; readonly version?: Readonly<Record<string, string>> };
  readonly invocationId?: string | undefined;
}

/**
 * The payload of a training provenance statement (docs/formats/provenance.md): compact JSON in fixed member order, parameters
 * sorted by name, lists in the order given; equal bytes for equal inputs. Members without a value are left out.
 *
 * @throws StemmaError PREDICATE_INVALID, also for what must never be recorded (design §4: absolute paths, URI user info or query)
 */
export function buildProvenanceStatement(input: ProvenanceInput): Uint8Array {
  const json: TrainingProvenanceJson = {
    buildDefinition: {
      buildType: TRAINING_BUILD_TYPE,
      externalParameters: {
        ...(input.run === undefined ? {} : { command: [...input.run.command] }),
        parameters: sortedRecord(input.parameters),
        ...(input.config.length === 0 ? {} : { config: input.config.map(descriptor) }),
      },
      ...internalParameters(input.run),
      resolvedDependencies: [
        ...input.links.map(linkJson),
        ...(input.inputs ?? []).map((item) => materialJson('input', item)),
        ...input.sources.map(sourceJson),
        ...input.environment.map((item) => materialJson('environment', item)),
        ...(input.run?.contacts ?? []).map(contactJson),
      ],
    },
    runDetails: {
      builder: {
        id: input.builder.id,
        ...(input.builder.version === undefined ? {} : { version: sortedRecord(input.builder.version) }),
      },
      ...metadata(input),
      ...byproducts(input),
    },
  };
  const checked = trainingProvenanceSchema().safeParse(json, INTERPRETED);
  if (!checked.success) throw schemaError(checked.error, 'PREDICATE_INVALID', '/predicate');
  const { name, digest } = input;
  return buildStatement({ name, digest, ...fileSetAnnotations(input) }, PROVENANCE_PREDICATE_TYPE, json);
}

/** Design §3: outside `model/v1` and `dataset/v1` what was ignored or opaque stands in the annotations of the subject. */
function fileSetAnnotations({ ignored, opaque }: ProvenanceInput): { annotations?: JsonObject } {
  const lists = fileSetLists(ignored, opaque);
  const checked = z.strictObject(fileSetShape()).safeParse(lists, INTERPRETED);
  if (!checked.success) throw schemaError(checked.error, 'PREDICATE_INVALID', '/subject/0/annotations');
  return Object.keys(lists).length === 0 ? {} : { annotations: lists };
}

function fileSetLists(
  ignored: readonly string[],
  opaque: readonly string[],
): { ignored?: readonly string[]; opaque?: readonly string[] } {
  return { ...(ignored.length === 0 ? {} : { ignored }), ...(opaque.length === 0 ? {} : { opaque }) };
}

type Dependency = TrainingProvenanceJson['buildDefinition']['resolvedDependencies'][number];
type ObservationJson = NonNullable<
  NonNullable<TrainingProvenanceJson['buildDefinition']['internalParameters']>['observation']
>;
type Byproduct = NonNullable<TrainingProvenanceJson['runDetails']['byproducts']>[number];

function linkJson(link: Link): Dependency {
  const rest = {
    evidence: link.evidence,
    ...fileSetLists(link.ignored, link.opaque),
    ...(link.share === undefined ? {} : { share: link.share }),
    ...(link.attestations === undefined ? {} : { attestations: link.attestations }),
  };
  const annotations =
    link.role === 'dataset'
      ? { role: link.role, relation: link.relation, ...rest }
      : { role: link.role, relation: link.relation, ...rest };
  return { ...descriptor(link), annotations };
}

function sourceJson(source: Material): Dependency {
  return {
    ...descriptor(source),
    annotations: { role: 'source', evidence: source.evidence, workingTree: source.workingTree ?? 'unknown' },
  };
}

function materialJson(role: 'input' | 'environment', item: Material): Dependency {
  const { evidence, undeclared, files } = item;
  const annotations =
    role === 'input'
      ? { role, evidence, ...(undeclared === undefined ? {} : { undeclared }) }
      : { role, evidence, ...(files === undefined ? {} : { files }) };
  return { ...descriptor(item), annotations };
}

function contactJson({ uri, evidence, direction, reached }: NetworkContact): Dependency {
  return { uri, annotations: { role: 'network', evidence, direction, reached } };
}

function observationJson({ tool, complete, gaps }: ObservationSummary): ObservationJson {
  return { tool, complete, ...(Object.keys(gaps).length === 0 ? {} : { gaps: { ...gaps } }) };
}

/** SLSA's place for what the platform set and the user did not ask for. */
function internalParameters(
  run: ObservedRun | undefined,
): Pick<TrainingProvenanceJson['buildDefinition'], 'internalParameters'> {
  if (run === undefined) return {};
  const { environment, versions, gpus, observation } = run;
  const members = {
    ...(Object.keys(environment).length === 0 ? {} : { environment: sortedRecord(environment) }),
    ...(Object.keys(versions).length === 0 ? {} : { versions: sortedRecord(versions) }),
    ...(gpus.length === 0 ? {} : { gpus: gpus.map(({ name, driver }) => ({ name, driver })) }),
    ...(observation === undefined ? {} : { observation: observationJson(observation) }),
  };
  return Object.keys(members).length === 0 ? {} : { internalParameters: members };
}

function metadata({ invocationId, run }: ProvenanceInput): Pick<TrainingProvenanceJson['runDetails'], 'metadata'> {
  const members = {
    ...(invocationId === undefined ? {} : { invocationId }),
    ...(run === undefined ? {} : { startedOn: run.startedOn, finishedOn: run.finishedOn }),
  };
  return Object.keys(members).length === 0 ? {} : { metadata: members };
}

function byproducts({ logs, run }: ProvenanceInput): Pick<TrainingProvenanceJson['runDetails'], 'byproducts'> {
  const all = [...logs.map(logJson), ...(run?.checkpoints ?? []).map(checkpointJson)];
  return all.length === 0 ? {} : { byproducts: all };
}

function checkpointJson({ log, origin, size, sha256 }: ListedCheckpoint): Byproduct {
  return { name: log, digest: parseDigestSet({ sha256 }), annotations: { checkpoint: origin, size } };
}

function logJson({ name, digest, size, records, truncated }: LogRoot): Byproduct {
  requireSaltedAlone(digest, '/predicate/runDetails/byproducts');
  return { name, digest: parseDigestSet(digest), annotations: { size, records, ...(truncated ? { truncated } : {}) } };
}

function descriptor({ name, uri, digest }: Described): { name?: string; uri?: string; digest: DigestSet } {
  return {
    ...(name === undefined ? {} : { name }),
    ...(uri === undefined ? {} : { uri }),
    digest: parseDigestSet(digest),
  };
}

function sortedRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  // Readers of ours refuse it (see parseJson), so it must not be signed.
  if (Object.hasOwn(record, '__proto__')) {
    throw malformed('PREDICATE_INVALID', '/predicate', `the name ${quote('__proto__')} is refused`);
  }
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => compareUtf8(a, b)));
}
