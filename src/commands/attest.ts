import { boolean, string } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  fileSetFlags,
  fileSetOptions,
  jobsFlag,
  loadSigningKey,
  modelArgument,
  passphraseFileFlag,
  repeatable,
  segmentHashFlag,
  signingKeyFlag,
  withEnvironment,
} from '../cli/index.ts';
import { parseParameters, processEnvironment } from '../cli/inputs.ts';
import { renderAttest } from '../cli/render/attest.ts';
import { attestModel, parseBaseReference, parseDatasetReference, parseReference } from '../core/attest/index.ts';

export class Attest extends BaseCommand {
  static override summary = 'attest a model, its logs and its lineage';
  static override description =
    'Reads every byte of MODEL once and writes, in the folder or beside the file: model.sig (OpenSSF Model Signing), ' +
    'model.attestations.jsonl (what the model is and how it came to be) and model.manifest.jsonl (the listing behind the roots). ' +
    'Nothing is sent anywhere. What is recorded is public: parameters, file names and source address, never secrets.';
  static override examples = [
    {
      description: 'attest a fine-tuned model with its training log, base model and dataset',
      command:
        '<%= config.bin %> <%= command.id %> ./model --key trainer.key --log train.jsonl --base finetuned-from=../base --dataset ../data --param lr=0.01',
    },
    {
      description: 'in CI, with key and passphrase from the environment',
      command:
        'STEMMA_SIGNING_KEY=ci.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> out/model --log out/train.jsonl --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    name: string({ summary: 'name of the model in the statements; default its base name', helpValue: 'NAME' }),
    base: repeatable({
      summary: 'base model: path, evidence file or digest set; default relation finetuned-from',
      helpValue: '[RELATION=]REF',
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
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Attest);
    const parameters = parseParameters(flags.param ?? []);
    const references = {
      bases: (flags.base ?? []).map(parseBaseReference),
      datasets: (flags.dataset ?? []).map(parseDatasetReference),
      environments: (flags.environment ?? []).map(parseReference),
    };
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const result = await attestModel({
      ...this.work,
      ...references,
      model: args.model,
      signer,
      parameters,
      ...fileSetOptions(flags),
      segmentHash: flags.digest,
      configs: flags.config ?? [],
      logs: flags.log ?? [],
      source: flags['no-source'] ? undefined : { folder: flags.source ?? '.', explicit: flags.source !== undefined },
      env: processEnvironment(),
      copyParentEvidence: !flags['no-parent-evidence'],
      modelSig: !flags['no-model-sig'],
      manifest: !flags['no-manifest'],
      force: flags.force,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags['output-dir'] === undefined ? {} : { outputDir: flags['output-dir'] }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    return this.finish(result, EXIT.done, (look) => renderAttest(result, look));
  }
}
