import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  jobsFlag,
  loadSigningKey,
  passphraseFileFlag,
  repeatable,
  signingKeyFlag,
  withEnvironment,
} from '../../cli/index.ts';
import { parseTime } from '../../cli/inputs.ts';
import { renderAttestDataset } from '../../cli/render/dataset.ts';
import { attestDataset, parseDatasetReference } from '../../core/attest/index.ts';

export class DatasetAttest extends BaseCommand {
  static override summary = 'attest a dataset, record by record';
  static override description =
    'Reads every byte of DATASET and appends to its attestations what it is: the roots of its files and of the records in its ' +
    '.jsonl, .ndjson, .csv, .tsv and .txt files, licences, sources, and the reservations of rights that it holds (robots.txt, ' +
    'tdm-reservation, noai). With --salted nobody can test guesses about the data against what is published.';
  static override examples = [
    {
      description: 'say what the data is and where it comes from',
      command:
        '<%= config.bin %> <%= command.id %> ./data --key data.key --license CC-BY-4.0 --source https://example.com/corpus',
    },
    {
      description: 'in CI, data that stays private: the secret is made on the first run and stays with its owner',
      command:
        'STEMMA_SIGNING_KEY=ci.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> ./data --salted ../data.secret --json',
    },
  ];
  static override args = {
    dataset: stringArgument({ description: 'folder or file of the dataset', required: true }),
  };
  static override flags = withEnvironment({
    key: signingKeyFlag(),
    'passphrase-file': passphraseFileFlag(),
    name: string({ summary: 'name of the dataset in the statement; default its base name', helpValue: 'NAME' }),
    license: repeatable({ summary: 'licence, an SPDX expression', helpValue: 'SPDX' }),
    source: string({
      summary: 'where the data comes from',
      helpValue: 'URI',
      env: 'STEMMA_DATASET_SOURCE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'derived-from': repeatable({
      summary: 'dataset that this one was made from: path, evidence file or digest set',
      helpValue: 'REF',
      helpGroup: 'LINEAGE',
    }),
    'no-parent-evidence': boolean({ summary: "leave the parents' attestations behind", helpGroup: 'LINEAGE' }),
    'observed-at': string({
      summary: 'when the reservations of rights in it were observed',
      helpValue: 'TIME',
    }),
    salted: string({
      summary: 'publish salted roots only, under the secret in this file; made where it is not there',
      helpValue: 'SECRET',
      exclusive: ['no-records'],
    }),
    'no-records': boolean({ summary: 'commit to whole files alone' }),
    ignore: repeatable({ summary: 'path in the dataset to leave out; recorded in what is signed', helpValue: 'PATH' }),
    'output-dir': string({
      summary: 'write the evidence there, for a read-only dataset',
      helpValue: 'DIR',
      helpGroup: 'OUTPUT',
    }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(DatasetAttest);
    const derivedFrom = (flags['derived-from'] ?? []).map(parseDatasetReference);
    const observedAt = flags['observed-at'] === undefined ? undefined : parseTime(flags['observed-at']);
    const signer = await loadSigningKey(flags.key, this.argv, this.keyContext(flags['passphrase-file']));
    const result = await attestDataset({
      ...this.work,
      dataset: args.dataset,
      signer,
      ignore: flags.ignore ?? [],
      records: !flags['no-records'],
      licenses: flags.license ?? [],
      sources: flags.source ?? [],
      derivedFrom,
      copyParentEvidence: !flags['no-parent-evidence'],
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.salted === undefined ? {} : { secret: flags.salted }),
      ...(observedAt === undefined ? {} : { observedAt }),
      ...(flags['output-dir'] === undefined ? {} : { outputDir: flags['output-dir'] }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    if (result.newSecret)
      this.note('keep the secret: without it the dataset cannot be verified, nor a record be shown');
    return this.finish(result, EXIT.done, (look) => renderAttestDataset(result, look));
  }
}
