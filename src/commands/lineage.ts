import path from 'node:path';
import { string as stringArgument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import {
  BaseCommand,
  exitCodeOfReport,
  jobsFlag,
  name,
  repeatable,
  trustFlags,
  withEnvironment,
} from '../cli/index.ts';
import { loadTrust, parseTime } from '../cli/inputs.ts';
import { lineageFlags, lineageOptions } from '../cli/lineage-flags.ts';
import { formatOf, LINEAGE_FORMATS, type LineageFormat, lineageRenderer, requireFree } from '../cli/lineage-output.ts';
import { evidenceAlone } from '../cli/lineage-subject.ts';
import { packFlags, withPacks } from '../cli/pack-flags.ts';
import { policyFlags, readPolicy } from '../cli/policy-flags.ts';
import { verdictLine } from '../cli/render/human.ts';
import { writeReportFile } from '../cli/report-file.ts';
import { onlineFlags, onlineOptions } from '../cli/source-flags.ts';
import { VERIFY_DEFAULTS } from '../core/defaults.ts';
import { StemmaError, throwIfAborted } from '../core/errors/index.ts';
import { type Report, type VerifyEvidenceOptions, verifyEvidence, verifyModel } from '../core/verify/index.ts';

// `--explain` belongs to the report of `verify`.
const { policy, 'policy-key': policyKey } = policyFlags();

type Common = Omit<VerifyEvidenceOptions, 'attestations' | 'store' | 'about'>;

interface ModelFlags {
  readonly policy: string | undefined;
  readonly 'policy-key': string[] | undefined;
  readonly fast: boolean;
  readonly 'integrity-only': boolean;
  readonly attestations: string[] | undefined;
  readonly store: string | undefined;
  readonly jobs: number | undefined;
}

export class Lineage extends BaseCommand {
  static override summary = 'show what a model was made from, and verify it';
  static override description =
    'Verifies MODEL as `verify` does, and draws its ancestors: base models, datasets, checkpoints, sources, evaluations. With ' +
    '--ancestor-key, or a policy with rules for ancestors, each of them has to be what its own signer says; without, all are shown ' +
    'as claimed. The exit code is that of the verification, in every format. Without the bytes, from attestations alone or from a store, ' +
    'who signed what is verified and the bytes are not: exit code 3 at best.';
  static override examples = [
    {
      description: 'each ancestor verified against the key of its publisher',
      command:
        '<%= config.bin %> <%= command.id %> ./model --key trainer.pub --ancestor-key base.pub --ancestor-key data.pub',
    },
    {
      description: 'a picture for the model card',
      command: '<%= config.bin %> <%= command.id %> ./model --key trainer.pub --format svg -o lineage.svg',
    },
    {
      description: 'before the download: what the attestations of a model say, and who signed them',
      command: '<%= config.bin %> <%= command.id %> model.attestations.jsonl --key trainer.pub --ancestor-key base.pub',
    },
    {
      description: 'in CI: the graph for a program, the verdict as the exit code',
      command:
        'STEMMA_TRUSTED_KEYS=trainer.pub STEMMA_ANCESTOR_KEYS=base.pub:data.pub <%= config.bin %> <%= command.id %> out/model --json',
    },
  ];
  static override args = {
    model: stringArgument({
      description: 'folder or file of the model; without its bytes its .attestations.jsonl, or a digest set',
    }),
  };
  static override flags = withEnvironment({
    ...trustFlags(),
    policy,
    'policy-key': policyKey,
    ...lineageFlags(),
    attestations: repeatable({
      summary: 'more attestations (JSON Lines, or one bundle)',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    ...packFlags(),
    store: string({ summary: 'store to search as well', helpValue: 'DIR', helpGroup: 'EVIDENCE' }),
    ...onlineFlags(),
    format: option({
      options: LINEAGE_FORMATS,
      summary: "how to draw it; default by FILE's ending, else tree",
      helpGroup: 'OUTPUT',
    })(),
    output: string({ char: 'o', summary: 'file to write it to', helpValue: 'FILE', helpGroup: 'OUTPUT' }),
    force: boolean({ summary: 'replace a file that is there', helpGroup: 'OUTPUT', dependsOn: ['output'] }),
    fast: boolean({ summary: 'read every byte by its segment tree, several times faster', helpGroup: 'SPEED' }),
    jobs: jobsFlag('SPEED'),
    'integrity-only': boolean({ summary: 'compare digests alone; authenticates nobody', helpGroup: 'WEAKENING' }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Lineage);
    const { output } = flags;
    const format = flags.format ?? formatOf(output);
    if (output === undefined && format !== 'tree' && this.jsonEnabled())
      throw new StemmaError('USAGE', `--json leaves no room for --format ${format} on standard output`, {
        hint: 'give a file for it with -o FILE; --json alone has the whole graph',
      });
    const alone = evidenceAlone(args.model, flags);
    const read = [...(args.model === undefined ? [] : [args.model]), ...(alone?.attestations ?? [])];
    if (output !== undefined) for (const file of read) await requireFree(output, file, flags.force);
    const warn = (message: string): void => this.warn(message);
    const common = {
      ...this.work,
      ...(await lineageOptions(flags, warn)),
      ...(await onlineOptions(flags, { onWarning: warn, environment: this.environment })),
      trust: await loadTrust(flags, warn),
      at: flags.time === undefined ? new Date() : parseTime(flags.time),
      version: this.config.version,
      environment: this.environment,
    };
    const report = await withPacks(flags, { ...this.work, warn }, (packs) =>
      alone === undefined
        ? this.#verify(args.model ?? '', { ...common, packs }, flags)
        : verifyEvidence({ ...common, ...alone, packs }),
    );
    throwIfAborted(this.signal);
    return this.#finishLineage(report, { format, output, verbose: flags.verbose });
  }

  async #verify(model: string, common: Common, flags: ModelFlags): Promise<Report> {
    const warn = (message: string): void => this.warn(message);
    const asked = flags.policy === undefined ? undefined : await readPolicy(flags.policy, flags['policy-key'], warn);
    return verifyModel({
      ...VERIFY_DEFAULTS,
      ...common,
      model,
      mode: flags.fast ? 'fast' : 'verify',
      integrityOnly: flags['integrity-only'],
      attestations: flags.attestations ?? [],
      ...(asked === undefined ? {} : { policy: asked }),
      ...(flags.store === undefined ? {} : { store: flags.store }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
  }

  /** On standard output a picture stands alone, and the verdict goes to the other stream. */
  async #finishLineage(
    report: Report,
    {
      format,
      output,
      verbose,
    }: { readonly format: LineageFormat; readonly output: string | undefined; readonly verbose: boolean },
  ): Promise<Report> {
    const render = await lineageRenderer(format);
    const exitCode = exitCodeOfReport(report);
    if (output === undefined) {
      if (format !== 'tree') this.answerOnStderr((look) => verdictLine(report, look));
      return this.finish(report, exitCode, (look) => render(report, look));
    }
    await writeReportFile(output, render(report, { color: false, unicode: true, verbose }));
    return this.finish(
      report,
      exitCode,
      (look) => `wrote ${name(path.basename(output))}\n${verdictLine(report, look)}`,
    );
  }
}
