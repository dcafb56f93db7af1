import { randomInt } from 'node:crypto';
import { boolean, integer, string } from '@oclif/core/flags';
import {
  BaseCommand,
  jobsFlag,
  modelArgument,
  parseReportTargets,
  type ReportTarget,
  repeatable,
  reportFlag,
  requireOutside,
  trustFlags,
  withEnvironment,
} from '../cli/index.ts';
import { loadTrust, parseBytes, parseFraction, parseTime } from '../cli/inputs.ts';
import { lineageFlags, lineageOptions } from '../cli/lineage-flags.ts';
import { fromPacks, packFlags, withPacks } from '../cli/pack-flags.ts';
import { policyFlags, readPolicy } from '../cli/policy-flags.ts';
import { recomputeFlags } from '../cli/recompute-flags.ts';
import { parseSaltedLogs, saltedLogFlag } from '../cli/salted-logs.ts';
import { onlineFlags, onlineOptions } from '../cli/source-flags.ts';
import { readVsaFlags, refusePrivateKey, type VsaRequest, vsaFlags, writeVsa } from '../cli/vsa-flags.ts';
import { parseDigestSetText } from '../core/digest/index.ts';
import { type VerifyOptions, verifyAndSummarise, verifyModel } from '../core/verify/index.ts';

export class Verify extends BaseCommand {
  static override summary = 'verify a model against its attestations';
  static override description =
    'Checks offline that someone you trust signed exactly these bytes, and says which files and tensors changed if any did. ' +
    'Evidence is found in and beside MODEL. Exit code 0 means that an identity statement of a trusted signer matches every ' +
    'byte; it does not mean that these are the bytes you asked for: see --expect and --expect-name.';
  static override examples = [
    {
      description: "verify a downloaded model with its publisher's key",
      command: '<%= config.bin %> <%= command.id %> ./model --key trainer.pub',
    },
    {
      description: 'every byte, several times faster',
      command: '<%= config.bin %> <%= command.id %> ./model --key trainer.pub --fast',
    },
    {
      description: 'hold a release against a policy, and see why it does not pass',
      command: '<%= config.bin %> <%= command.id %> ./model --policy release.policy.yaml --explain',
    },
    {
      description: 'gate a release in CI: provenance required, report for the pipeline',
      command:
        'STEMMA_TRUSTED_KEYS=trainer.pub <%= config.bin %> <%= command.id %> out/model --require provenance --report sarif=verify.sarif --json',
    },
    {
      description: 'sign the verdict for whoever trusts the gate',
      command:
        '<%= config.bin %> <%= command.id %> ./model --key trainer.pub --vsa verdict.jsonl --vsa-key gate.key --verifier-id https://gate.example/models',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    ...trustFlags(),
    ...policyFlags(),
    threshold: integer({
      summary: 'distinct trusted signers that must cover every file',
      default: 1,
      min: 1,
      helpGroup: 'TRUST',
    }),
    signature: string({
      summary: 'take this OMS signature as the only identity evidence',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    attestations: repeatable({
      summary: 'more attestations (JSON Lines, or one bundle)',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    ...packFlags(),
    store: string({ summary: 'store to search as well', helpValue: 'DIR', helpGroup: 'EVIDENCE' }),
    ...onlineFlags(),
    log: repeatable({ summary: 'training log to recompute', helpValue: 'FILE', helpGroup: 'EVIDENCE' }),
    'salted-log': saltedLogFlag('the same, where it was attested salted', 'EVIDENCE'),
    checkpoints: repeatable({
      summary: 'checkpoints of its logs that were kept while it was trained',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    transcript: repeatable({
      summary: 'transcript of the checkpoints of the model; those that lie beside it are compared',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    input: repeatable({
      summary: 'file or folder that went into it: code, configuration, dataset',
      helpValue: 'PATH',
      helpGroup: 'EVIDENCE',
    }),
    predictions: repeatable({
      summary: 'predictions to compute the evaluations from once more',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    require: repeatable({
      summary: 'provenance, evaluation, dataset, model, oms, manifest or a predicate type',
      helpValue: 'TYPE',
      helpGroup: 'REQUIREMENTS',
    }),
    'require-all': boolean({ summary: 'a bad signature that names a trusted signer fails', helpGroup: 'REQUIREMENTS' }),
    expect: string({ summary: 'digest set that the model must have', helpValue: 'SET', helpGroup: 'REQUIREMENTS' }),
    'expect-name': string({
      summary: 'name that the signer must have given it',
      helpValue: 'NAME',
      helpGroup: 'REQUIREMENTS',
    }),
    'strict-fs': boolean({ summary: 'hard links fail', helpGroup: 'REQUIREMENTS' }),
    ...lineageFlags(),
    ...recomputeFlags(),
    fast: boolean({
      summary: 'every byte by its segment tree, several times faster',
      helpGroup: 'SPEED',
      exclusive: ['full', 'sample'],
    }),
    full: boolean({ summary: 'recompute every root', helpGroup: 'SPEED', exclusive: ['sample'] }),
    sample: string({ summary: 'a random part only; exit 3 at best', helpValue: 'SHARE', helpGroup: 'SPEED' }),
    'accept-sample': boolean({ summary: 'let a matching sample pass', helpGroup: 'SPEED', dependsOn: ['sample'] }),
    'max-bytes': string({
      summary: 'read no more than this; more is not decided',
      helpValue: 'SIZE',
      helpGroup: 'SPEED',
    }),
    jobs: jobsFlag('SPEED'),
    'integrity-only': boolean({ summary: 'compare digests alone; authenticates nobody', helpGroup: 'WEAKENING' }),
    ignore: repeatable({
      summary: 'path in the model not to look at; reported',
      helpValue: 'PATH',
      helpGroup: 'WEAKENING',
    }),
    'ignore-unsigned-files': boolean({
      summary: 'let files pass that no signer lists; reported',
      helpGroup: 'WEAKENING',
    }),
    report: reportFlag(),
    ...vsaFlags(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Verify);
    const targets = parseReportTargets(flags.report);
    requireOutside(args.model, targets);
    const place = { model: args.model, targets };
    const vsa = await readVsaFlags(flags, this.argv, this.keyContext(flags['passphrase-file']), place);
    const sample =
      flags.sample === undefined
        ? undefined
        : { fraction: parseFraction(flags.sample), accept: flags['accept-sample'], random: randomInt };
    const warn = (message: string): void => this.warn(message);
    const policy = flags.policy === undefined ? undefined : await readPolicy(flags.policy, flags['policy-key'], warn);
    const options: VerifyOptions = {
      ...this.work,
      ...(await lineageOptions(flags, (message) => this.warn(message))),
      model: args.model,
      trust: await loadTrust(flags, vsa === undefined ? warn : refusePrivateKey),
      mode: flags.fast ? 'fast' : flags.full ? 'full' : sample === undefined ? 'verify' : 'sample',
      at: flags.time === undefined ? new Date() : parseTime(flags.time),
      version: this.config.version,
      environment: this.environment,
      integrityOnly: flags['integrity-only'],
      attestations: flags.attestations ?? [],
      ignore: flags.ignore ?? [],
      ignoreUnsignedFiles: flags['ignore-unsigned-files'],
      threshold: flags.threshold,
      require: flags.require ?? [],
      requireAll: flags['require-all'],
      logs: flags.log ?? [],
      saltedLogs: parseSaltedLogs(flags['salted-log']),
      checkpoints: flags.checkpoints ?? [],
      transcripts: flags.transcript ?? [],
      inputs: flags.input ?? [],
      predictions: flags.predictions ?? [],
      strictFs: flags['strict-fs'],
      ...(await onlineOptions(flags, { onWarning: warn, environment: this.environment })),
      ...(policy === undefined ? {} : { policy }),
      ...(flags.recompute ? { recompute: { parents: flags.parent ?? [] } } : {}),
      ...(sample === undefined ? {} : { sample }),
      ...(flags.signature === undefined ? {} : { signature: flags.signature }),
      ...(flags.store === undefined ? {} : { store: flags.store }),
      ...(flags.expect === undefined ? {} : { expect: parseDigestSetText(flags.expect) }),
      ...(flags['expect-name'] === undefined ? {} : { expectName: flags['expect-name'] }),
      ...(flags['max-bytes'] === undefined ? {} : { maxBytes: parseBytes(flags['max-bytes']) }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    };
    const { explain } = flags;
    return withPacks(flags, { ...this.work, warn }, async (packs) => {
      const all = { ...options, ...fromPacks(packs, options) };
      if (vsa !== undefined) return this.#sign(vsa, all, { targets, explain });
      return this.finishReport(await verifyModel(all), targets, { explain });
    });
  }

  async #sign(
    vsa: VsaRequest,
    options: VerifyOptions,
    { targets, explain }: { readonly targets: readonly ReportTarget[]; readonly explain: boolean },
  ): Promise<object> {
    const { report, summary } = await verifyAndSummarise(options, vsa.options);
    return this.finishReport(report, targets, { explain, more: [() => writeVsa(vsa, summary)] });
  }
}
