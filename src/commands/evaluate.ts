import { string } from '@oclif/core/flags';
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
import { parseMetricSource } from '../cli/metric-flags.ts';
import { renderEvaluate } from '../cli/render/evaluate.ts';
import { evaluateModel, parseDatasetReference, parseReference } from '../core/attest/index.ts';

const PREDICTIONS = { helpGroup: 'PREDICTIONS', dependsOn: ['predictions'] };

export class Evaluate extends BaseCommand {
  static override summary = 'attest how a model scored';
  static override description =
    'Appends to the attestations of MODEL an in-toto test result and the numbers, signed, about the very bytes that are there. ' +
    'With --from-log each metric must stand in that record of the log, which is recorded with the proof of its place; with ' +
    '--predictions the metrics are computed from them, here and again by stemma verify --predictions. Otherwise they are the ' +
    'word of the signer.';
  static override usage =
    'evaluate MODEL --metric NAME[=VALUE]... [--from-log FILE:LINE | --predictions FILE --label COLUMN] [FLAGS]';
  static override examples = [
    {
      description: 'a metric as it stands in line 50 of the log of an evaluation',
      command:
        '<%= config.bin %> <%= command.id %> ./model --key qa.key --dataset test.csv --metric accuracy=0.97 --from-log eval.jsonl:50',
    },
    {
      description: 'compute metrics from predictions, overall and by slice',
      command:
        '<%= config.bin %> <%= command.id %> ./model --key qa.key --predictions p.jsonl --label y --pred y_hat --metric accuracy,f1 --slice sex,age_band',
    },
    {
      description: 'in CI, with the key and its passphrase from the environment',
      command:
        'STEMMA_SIGNING_KEY=qa.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> out/model --dataset test.csv --metric accuracy=0.97 --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    name: string({ summary: 'name of the model in the statements; default its base name', helpValue: 'NAME' }),
    metric: repeatable({
      summary: 'metric; with --from-log its value may be left out, with --predictions it is computed',
      helpValue: 'NAME=VALUE',
    }),
    dataset: string({
      summary: 'what was evaluated on: path, evidence file or digest set',
      helpValue: 'REF',
    }),
    harness: repeatable({ summary: 'what ran the evaluation: file, or digest set', helpValue: 'REF' }),
    'from-log': string({
      summary: 'record that the metrics stand in: JSONL, CSV or TensorBoard; lines count from 1',
      helpValue: 'FILE:LINE',
      exclusive: ['predictions'],
    }),
    predictions: string({
      summary: 'compute the metrics from these predictions: JSONL or CSV',
      helpValue: 'FILE',
      helpGroup: 'PREDICTIONS',
    }),
    label: string({ summary: 'column of the true class or value', helpValue: 'COLUMN', ...PREDICTIONS }),
    pred: string({ summary: 'column of the predicted class or value', helpValue: 'COLUMN', ...PREDICTIONS }),
    score: string({ summary: 'column of the score, for auc', helpValue: 'COLUMN', ...PREDICTIONS }),
    positive: string({
      summary: 'positive class; without it precision, recall and f1 are means over all classes',
      helpValue: 'CLASS',
      ...PREDICTIONS,
    }),
    slice: repeatable({ summary: 'columns whose values each make a slice', helpValue: 'COLUMN', ...PREDICTIONS }),
    digest: segmentHashFlag(),
    ...fileSetFlags({ recorded: true }),
    'output-dir': string({
      summary: 'write the evidence there, for a read-only model',
      helpValue: 'DIR',
      helpGroup: 'OUTPUT',
    }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Evaluate);
    const source = parseMetricSource(flags);
    const dataset = flags.dataset === undefined ? undefined : parseDatasetReference(flags.dataset);
    const harness = (flags.harness ?? []).map(parseReference);
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const result = await evaluateModel({
      ...this.work,
      ...fileSetOptions(flags),
      model: args.model,
      segmentHash: flags.digest,
      signer,
      source,
      dataset,
      harness,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags['output-dir'] === undefined ? {} : { outputDir: flags['output-dir'] }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    return this.finish(result, EXIT.done, (look) => renderEvaluate(result, look));
  }
}
