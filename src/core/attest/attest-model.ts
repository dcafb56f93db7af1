import { createHash } from 'node:crypto';
import {
  buildModelStatement,
  buildOmsStatement,
  buildProvenanceStatement,
  type ProvenanceInput,
} from '../attestation/index.ts';
import { type DigestSet, sha256 } from '../digest/index.ts';
import { besideLocations, type EvidenceLocations, evidenceLocations, outputLocations } from '../evidence/index.ts';
import {
  digestModel,
  type Finding,
  fileDigests,
  locateModel,
  type ModelDigest,
  manifestLines,
  SIDE_FILES,
} from '../model/index.ts';
import { detectBuilder } from './builder.ts';
import { existingSignature, refuseOverwrite } from './existing.ts';
import { ALWAYS_IGNORED } from './file-settings.ts';
import { readConfigs, readEnvironments, readLineage, readLogs, readSources } from './materials.ts';
import { requireOmsKey } from './oms-key.ts';
import type { AttestOptions } from './options.ts';
import { refuseSecret } from './secrets.ts';
import { signedLine } from './signed-line.ts';
import { writeEvidence } from './write-evidence.ts';

export interface AttestResult {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly bytes: number;
  readonly digests: DigestSet;
  readonly signer: { readonly type: string; readonly fingerprint: string };
  readonly builder: string;
  /** Base names of the files that were written; empty where everything was there already. */
  readonly written: readonly string[];
  readonly appended: number;
  readonly copiedEvidence: number;
  readonly links: readonly {
    readonly relation: string;
    readonly role: string;
    readonly name?: string;
    readonly digests: DigestSet;
  }[];
  readonly logs: readonly { readonly name: string; readonly records: number }[];
  readonly findings: readonly Finding[];
  /** Whether an OMS statement was made, and whether it stands in `model.sig` or, another signer's being there, as a line. */
  readonly oms: 'file' | 'line' | 'none';
}

/**
 * Attests a model (design §4): reads every byte once, then writes `model.sig`, the model statement and its provenance, and the
 * manifest. Equal inputs give equal bytes, and what is there already is not written again.
 *
 * @throws StemmaError KEY_TYPE_REFUSED before any hashing; as `digestModel`; WOULD_OVERWRITE; WRITE_FAILED
 */
export async function attestModel(options: AttestOptions): Promise<AttestResult> {
  if (options.modelSig) requireOmsKey(options.signer.publicKey);
  for (const [name, value] of Object.entries(options.parameters)) refuseSecret(name, value);
  const { root, kind, ignored, opaque } = await locateModel(options.model, options);
  const logs = await readLogs(options);
  const inputs = {
    config: await readConfigs(options),
    sources: await readSources(root, options),
    environment: await readEnvironments(options),
    logs,
  };
  const lineage = await readLineage(options);
  const model = await digestModel(root, { ...options, phase: 'hashing model', ignored, opaque });
  for (const warning of model.listing.warnings) options.onWarning?.(warning);
  const builder = detectBuilder(options.env);
  const name = options.name ?? model.listing.name;
  const manifest = options.manifest ? { sha256: manifestDigest(model), lines: () => manifestLines(model) } : undefined;
  const place = await choosePlace(model, options);
  const lines = [
    ...(place.omsLine === undefined ? [] : [place.omsLine]),
    await signedLine(modelPayload(model, name, options, manifest?.sha256), options.signer),
    await signedLine(
      provenancePayload(model, name, options, { ...inputs, links: lineage.links, builder }),
      options.signer,
    ),
    ...lineage.lines,
  ];
  const { locations, signature } = place;
  const written = await writeEvidence({ locations, signature, lines, manifest, force: options.force }, options);
  const { type, fingerprint } = options.signer.publicKey;
  return {
    name,
    kind,
    files: model.trees.files,
    bytes: model.trees.bytes,
    digests: model.trees.digests,
    signer: { type, fingerprint },
    builder: builder.system,
    written: written.files,
    appended: written.appended,
    copiedEvidence: lineage.lines.length,
    links: lineage.links.map(({ relation, role, name: parent, digest }) => ({
      relation,
      role,
      ...(parent === undefined ? {} : { name: parent }),
      digests: digest,
    })),
    logs: logs.map(({ name: log, size }) => ({ name: log, records: size })),
    findings: model.findings,
    oms: place.omsLine !== undefined ? 'line' : options.modelSig ? 'file' : 'none',
  };
}

interface Place {
  readonly locations: EvidenceLocations;
  /** Text of `model.sig`, where it is to be written. */
  readonly signature: string | undefined;
  readonly omsLine: string | undefined;
}

/** Design §4: another signer's `model.sig` is kept, and where it does not ignore our files they go beside the folder. */
async function choosePlace(model: ModelDigest, options: AttestOptions): Promise<Place> {
  const { root, kind } = model.listing;
  const locations =
    options.outputDir === undefined ? evidenceLocations(root, kind) : outputLocations(options.outputDir, root, kind);
  const oms = options.modelSig ? await signedLine(omsPayload(model, options), options.signer) : undefined;
  const existing = await existingSignature(locations.signature, options.signer.publicKey);
  if (existing.state === 'none' || options.force) return { locations, signature: oms, omsLine: undefined };
  const keep = { locations, signature: undefined, omsLine: undefined };
  if (existing.state === 'ours') {
    if (oms === undefined || existing.text.trim() === oms) return keep;
    return refuseOverwrite(SIDE_FILES.signature, 'made by this key for other bytes or with other settings');
  }
  options.onWarning?.(
    `${kind === 'folder' ? SIDE_FILES.signature : 'the signature'} is kept: it was made by ${existing.whose}`,
  );
  const ignoresOurs =
    kind === 'file' ||
    Object.values(SIDE_FILES).every((name) => name === SIDE_FILES.signature || existing.ignores.has(name));
  if (ignoresOurs || options.outputDir !== undefined) return { ...keep, omsLine: oms };
  options.onWarning?.('it does not ignore our files, which are therefore written beside the folder');
  return { locations: besideLocations(root), signature: undefined, omsLine: oms };
}

function omsPayload(model: ModelDigest, { allowSymlinks }: AttestOptions): Uint8Array {
  const { listing, plan, files, ignored } = model;
  const single = listing.kind === 'file';
  const signed = fileDigests(plan, files).map(({ path, sha256: digest }) => ({
    path: single ? listing.name : path,
    sha256: digest,
  }));
  return buildOmsStatement(
    {
      subjectName: listing.name,
      files: signed,
      ignorePaths: single ? [] : [...ALWAYS_IGNORED, ...ignored],
      allowSymlinks,
    },
    sha256,
  );
}

function modelPayload(
  model: ModelDigest,
  name: string,
  { allowSymlinks }: AttestOptions,
  manifest: string | undefined,
): Uint8Array {
  const { trees, ignored, opaque } = model;
  const { kind, files, bytes, formats, fileTree, segmentTree, tensorSets, digests } = trees;
  return buildModelStatement({
    name,
    digest: digests,
    predicate: {
      kind,
      files,
      bytes,
      formats: [...formats],
      fileTree: { ...fileTree, hash: 'sha256' },
      segmentTree,
      tensorSets: [...tensorSets],
      ...(manifest === undefined ? {} : { manifest: { sha256: manifest } }),
      ignored,
      opaque,
      allowSymlinks,
      digests: 'observed',
    },
  });
}

function provenancePayload(
  model: ModelDigest,
  name: string,
  { parameters }: AttestOptions,
  {
    builder,
    ...inputs
  }: Pick<ProvenanceInput, 'links' | 'config' | 'sources' | 'environment' | 'logs'> & {
    readonly builder: ReturnType<typeof detectBuilder>;
  },
): Uint8Array {
  const { ignored, opaque, trees } = model;
  const { id, invocationId } = builder;
  return buildProvenanceStatement({
    name,
    digest: trees.digests,
    ignored,
    opaque,
    parameters,
    ...inputs,
    builder: { id },
    invocationId,
  });
}

function manifestDigest(model: ModelDigest): string {
  const hash = createHash('sha256');
  for (const line of manifestLines(model)) hash.update(line);
  return hash.digest('hex');
}
