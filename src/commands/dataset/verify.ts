import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import {
  BaseCommand,
  jobsFlag,
  parseReportTargets,
  repeatable,
  reportFlag,
  requireOutside,
  trustFlags,
  withEnvironment,
} from '../../cli/index.ts';
import { loadTrust, parseTime } from '../../cli/inputs.ts';
import { lineageFlags, lineageOptions } from '../../cli/lineage-flags.ts';
import { packFlags, withPacks } from '../../cli/pack-flags.ts';
import { policyFlags, readPolicy } from '../../cli/policy-flags.ts';
import { readVsaFlags, refusePrivateKey, vsaFlags, writeVsa } from '../../cli/vsa-flags.ts';
import { requireSecret } from '../../core/dataset/index.ts';
import { parseDigestSetText } from '../../core/digest/index.ts';
import { type VerifyDatasetOptions, verifyDataset, verifyDatasetAndSummarise } from '../../core/verify/index.ts';

export class DatasetVerify extends BaseCommand {
  static override summary = 'verify a dataset against its attestations';
  static override description =
    'Checks offline that someone you trust signed exactly these files and records, in this order. Evidence is found in and beside ' +
    'DATASET. A salted dataset is verified by those who have its secret; others check single records with proofs.';
  static override examples = [
    {
      description: "verify a downloaded dataset with its publisher's key",
      command: '<%= config.bin %> <%= command.id %> ./data --key data.pub',
    },
    {
      description: 'hold it against a policy: who signed it, its licence, what it was derived from',
      command: '<%= config.bin %> <%= command.id %> ./data --policy data.policy.yaml --explain',
    },
    {
      description: 'in CI, before training on it',
      command: 'STEMMA_TRUSTED_KEYS=data.pub <%= config.bin %> <%= command.id %> ./data --expect-name corpus --json',
    },
  ];
  static override args = {
    dataset: stringArgument({ description: 'folder or file of the dataset', required: true }),
  };
  static override flags = withEnvironment({
    ...trustFlags(),
    ...policyFlags('dataset'),
    attestations: repeatable({
      summary: 'more attestations (JSON Lines, or one bundle)',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    ...packFlags(),
    ...lineageFlags(),
    salted: string({ summary: 'secret of a salted dataset', helpValue: 'SECRET', helpGroup: 'EVIDENCE' }),
    expect: string({ summary: 'digest set that the dataset must have', helpValue: 'SET', helpGroup: 'REQUIREMENTS' }),
    'expect-name': string({
      summary: 'name that the signer must have given it',
      helpValue: 'NAME',
      helpGroup: 'REQUIREMENTS',
    }),
    jobs: jobsFlag(),
    report: reportFlag(),
    ...vsaFlags(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(DatasetVerify);
    const targets = parseReportTargets(flags.report);
    requireOutside(args.dataset, targets);
    const warn = (message: string): void => this.warn(message);
    const policy = flags.policy === undefined ? undefined : await readPolicy(flags.policy, flags['policy-key'], warn);
    const place = { model: args.dataset, targets };
    const vsa = await readVsaFlags(flags, this.argv, this.keyContext(flags['passphrase-file']), place);
    const options: VerifyDatasetOptions = {
      ...this.work,
      ...(await lineageOptions(flags, warn)),
      dataset: args.dataset,
      trust: await loadTrust(flags, vsa === undefined ? warn : refusePrivateKey),
      attestations: flags.attestations ?? [],
      at: flags.time === undefined ? new Date() : parseTime(flags.time),
      version: this.config.version,
      environment: this.environment,
      ...(policy === undefined ? {} : { policy }),
      ...(flags.salted === undefined ? {} : { secret: await requireSecret(flags.salted) }),
      ...(flags.expect === undefined ? {} : { expect: parseDigestSetText(flags.expect) }),
      ...(flags['expect-name'] === undefined ? {} : { expectName: flags['expect-name'] }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    };
    const { explain } = flags;
    return withPacks(flags, { ...this.work, warn }, async (packs) => {
      const asked = { ...options, packs };
      if (vsa === undefined) return this.finishReport(await verifyDataset(asked), targets, { explain });
      const { report, summary } = await verifyDatasetAndSummarise(asked, vsa.options);
      return this.finishReport(report, targets, { explain, more: [() => writeVsa(vsa, summary)] });
    });
  }
}
