import { z } from 'zod';
import { opaqueProblem, pathListProblem } from '../paths.ts';
import { BASE_RELATIONS, DATASET_RELATIONS, EVIDENCE_LEVELS, MAX_SHARE } from './link.ts';
import { DIRECTIONS } from './observation.ts';
import { once } from './once.ts';
import { pathList } from './path-list-schema.ts';
import { WORKING_TREES } from './provenance.ts';
import { digestSet, evidenceUri, name, time, uri } from './recorded-schema.ts';
import { TRAINING_BUILD_TYPE } from './types.ts';

const described = once(() => ({ name: name().optional(), uri: uri().optional(), digest: digestSet() }));
const evidence = once(() => z.enum(EVIDENCE_LEVELS));
const strings = once(() => z.record(z.string(), z.string()));

/** Annotations that say under which ignores and opaque files a DigestSet was made. */
export const fileSetShape = once(() => ({
  ignored: pathList(pathListProblem).optional(),
  opaque: pathList(opaqueProblem).optional(),
}));

const lineage = once(() => ({
  evidence: evidence(),
  ...fileSetShape(),
  share: z.int().min(0).max(MAX_SHARE).optional().describe('parts per million'),
  attestations: evidenceUri().optional(),
}));

const dependency = once(() =>
  z.strictObject({
    ...described(),
    annotations: z.discriminatedUnion('role', [
      z.strictObject({ role: z.literal('base-model'), relation: z.enum(BASE_RELATIONS), ...lineage() }),
      z.strictObject({ role: z.literal('dataset'), relation: z.enum(DATASET_RELATIONS), ...lineage() }),
      z.strictObject({ role: z.literal('source'), evidence: evidence(), workingTree: z.enum(WORKING_TREES) }),
      z.strictObject({
        role: z.literal('environment'),
        evidence: evidence(),
        files: z.int().positive().optional().describe('how many files the digest, a file tree, is over'),
      }),
      z.strictObject({
        role: z.literal('input'),
        evidence: evidence(),
        undeclared: z.literal(true).optional().describe('seen to be read, and not declared'),
      }),
    ]),
  }),
);

const contact = once(() =>
  z.strictObject({
    uri: uri(),
    annotations: z.strictObject({
      role: z.literal('network'),
      evidence: evidence(),
      direction: z.enum(DIRECTIONS),
      reached: z.boolean(),
    }),
  }),
);

const observation = once(() =>
  z.strictObject({
    tool: z.string().min(1).max(256),
    complete: z.boolean(),
    gaps: z.record(z.string(), z.int().positive()).optional().describe('why it is not complete, and how often'),
  }),
);

const log = once(() =>
  z.strictObject({
    name: name(),
    digest: digestSet(),
    annotations: z.strictObject({
      size: z.int().nonnegative().describe('number of records'),
      records: z.enum(['lf', 'tfrecord']),
      truncated: z.literal(true).optional().describe('the last record is incomplete'),
    }),
  }),
);

/** Has no `records`, so that nobody takes it for a log. */
const checkpoint = once(() =>
  z.strictObject({
    name: name(),
    digest: digestSet().describe('of the signed note, signature lines included'),
    annotations: z.strictObject({
      checkpoint: z.string().min(1).max(4096).describe('its origin'),
      size: z.int().positive().describe('number of records that it covers'),
    }),
  }),
);

/** The predicate of a training provenance as we write it (docs/formats/provenance.md): SLSA provenance v1, and nothing beside it. */
export const trainingProvenanceSchema = once(() =>
  z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.literal(TRAINING_BUILD_TYPE),
      externalParameters: z.strictObject({
        command: z
          .array(z.string().max(4096))
          .min(1)
          .max(1024)
          .optional()
          .describe('without secrets and absolute paths'),
        parameters: strings(),
        config: z.array(z.strictObject({ ...described() })).optional(),
      }),
      internalParameters: z
        .strictObject({
          environment: strings().optional().describe('variables that bear on what is computed'),
          versions: strings().optional().describe('of interpreter and frameworks'),
          gpus: z.array(z.strictObject({ name: z.string().min(1), driver: z.string().min(1) })).optional(),
          observation: observation().optional().describe('how files and addresses were recorded'),
        })
        .optional(),
      resolvedDependencies: z.array(z.union([dependency(), contact()])),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: uri(), version: strings().optional() }),
      metadata: z
        .strictObject({
          invocationId: z.string().min(1).max(2048).optional(),
          startedOn: time().optional(),
          finishedOn: time().optional(),
        })
        .optional(),
      byproducts: z.array(z.union([log(), checkpoint()])).optional(),
    }),
  }),
);

export type TrainingProvenanceJson = z.infer<ReturnType<typeof trainingProvenanceSchema>>;
