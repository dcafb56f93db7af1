import type { Interfaces } from '@oclif/core';
import { boolean, string } from '@oclif/core/flags';
import { type AttestOptions, parseBaseReference, parseDatasetReference, parseReference } from '../core/attest/index.ts';
import {
  fileSetFlags,
  fileSetOptions,
  jobsFlag,
  passphraseFileFlag,
  repeatable,
  segmentHashFlag,
  signingKeyFlag,
} from './flags.ts';
import { parseParameters, processEnvironment } from './inputs.ts';
import { parseSaltedLogs, saltedLogFlag } from './salted-logs.ts';

/** The flags of `attest`, and of `run`, which attests what its command made. */
export function attestFlags() {
  return {
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    name: string({ summary: 'name of the model in the statements; default its base name', helpValue: 'NAME' }),
    base: repeatable({
      summary: 'base model: path, evidence file or digest set; default relation finetuned-from',
      helpValue: '[RELATION=]REF[,share=X]',
      helpGroup: 'LINEAGE',
    }),
    dataset: repeatable({
      summary: 'dataset: path, evidence file or digest set',
      helpValue: 'REF',
      helpGroup: 'LINEAGE',
    }),
    'no-parent-evidence': boolean({ summary: "leave the parents' attestations behind", helpGroup: 'LINEAGE' }),
    log: repeatable({
      summary: 'training log: text, JSONL, CSV or TensorBoard events',
      helpValue: 'FILE',
      helpGroup: 'PROVENANCE',
    }),
    'salted-log': saltedLogFlag('private training log, each record salted; makes the secret of this log', 'PROVENANCE'),
    param: repeatable({ summary: 'training parameter', helpValue: 'NAME=VALUE', helpGroup: 'PROVENANCE' }),
    config: repeatable({
      summary: 'training configuration, recorded by its SHA-256',
      helpValue: 'FILE',
      helpGroup: 'PROVENANCE',
    }),
    environment: repeatable({
      summary: 'lockfile, or the digest set of a container image',
      helpValue: 'REF',
      helpGroup: 'PROVENANCE',
    }),
    source: string({
      summary: 'checkout of the training code; default the working directory',
      helpValue: 'DIR',
      helpGroup: 'PROVENANCE',
      exclusive: ['no-source'],
    }),
    'no-source': boolean({ summary: 'record no source commit', helpGroup: 'PROVENANCE' }),
    digest: segmentHashFlag(),
    ...fileSetFlags({ recorded: true }),
    'no-model-sig': boolean({ summary: 'write no model.sig (needed for keys that OMS refuses)', helpGroup: 'OUTPUT' }),
    'no-manifest': boolean({ summary: 'write no manifest', helpGroup: 'OUTPUT' }),
    'output-dir': string({
      summary: 'write the evidence there, for a read-only model',
      helpValue: 'DIR',
      helpGroup: 'OUTPUT',
    }),
    force: boolean({ summary: "replace another signer's or an outdated model.sig or manifest", helpGroup: 'OUTPUT' }),
    jobs: jobsFlag(),
  };
}

/** Their values as oclif parses them. */
type AttestFlags = Interfaces.InferredFlags<ReturnType<typeof attestFlags>>;

/**
 * The same as core takes them: all but the model and the key.
 *
 * @throws StemmaError USAGE, PATH_NOT_FOUND, DIGEST_SET_INVALID
 */
export function attestOptions(flags: AttestFlags): Omit<AttestOptions, 'model' | 'signer'> {
  return {
    parameters: parseParameters(flags.param ?? []),
    bases: (flags.base ?? []).map(parseBaseReference),
    datasets: (flags.dataset ?? []).map(parseDatasetReference),
    environments: (flags.environment ?? []).map(parseReference),
    ...fileSetOptions(flags),
    segmentHash: flags.digest,
    configs: flags.config ?? [],
    logs: flags.log ?? [],
    saltedLogs: parseSaltedLogs(flags['salted-log']),
    source: flags['no-source'] ? undefined : { folder: flags.source ?? '.', explicit: flags.source !== undefined },
    env: processEnvironment(),
    copyParentEvidence: !flags['no-parent-evidence'],
    modelSig: !flags['no-model-sig'],
    manifest: !flags['no-manifest'],
    force: flags.force,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags['output-dir'] === undefined ? {} : { outputDir: flags['output-dir'] }),
    ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
  };
}
