import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import {
  BaseCommand,
  EXIT,
  jobsFlag,
  modelArgument,
  name,
  repeatable,
  trustFlags,
  withEnvironment,
} from '../../cli/index.ts';
import { loadTrust, parseTime } from '../../cli/inputs.ts';
import { lineageFlags, lineageOptions } from '../../cli/lineage-flags.ts';
import { writeReportFile } from '../../cli/report-file.ts';
import { requireFileOutside } from '../../cli/reports.ts';
import { quote } from '../../core/bytes/index.ts';
import { VERIFY_DEFAULTS } from '../../core/defaults.ts';
import { StemmaError } from '../../core/errors/index.ts';
import { draftPolicy } from '../../core/verify/index.ts';

export class PolicyInit extends BaseCommand {
  static override summary = "write a starting policy from a model's own evidence";
  static override description =
    'Verifies MODEL with the keys, certificates or identities that you name, and writes down which of them signed what, as a policy ' +
    'that MODEL meets for 90 days. Of a certificate it takes whom it names and who issued it, exactly. With --ancestor-key it has rules for ancestors too. It asks for what there was: whether that is enough is for you to ' +
    'say. A model that does not verify gives its report, and no policy.';
  static override examples = [
    {
      description: 'start from a release that you trust',
      command: '<%= config.bin %> <%= command.id %> ./model --key trainer.pub -o new.policy.yaml',
    },
    {
      description: 'in CI, to see what a policy for this release would be',
      command: '<%= config.bin %> <%= command.id %> out/model --key trainer.pub -o out/new.policy.yaml --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    ...trustFlags(),
    'ancestor-key': lineageFlags()['ancestor-key'],
    time: string({
      summary: 'the policy is in force for 90 days from this time',
      helpValue: 'TIME',
      helpGroup: 'TRUST',
    }),
    attestations: repeatable({
      summary: 'more attestations (JSON Lines, or one bundle)',
      helpValue: 'FILE',
      helpGroup: 'EVIDENCE',
    }),
    output: string({ char: 'o', summary: 'policy to write (YAML)', helpValue: 'FILE', required: true }),
    force: boolean({ summary: 'replace a file' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(PolicyInit);
    const warn = (message: string): void => this.warn(message);
    requireFileOutside(args.model, flags.output, 'policy');
    await requireNew(flags.output, flags.force);
    const { output } = flags;
    const root = flags['trusted-root'];
    const trustedRoot =
      root === undefined ? undefined : path.relative(path.dirname(path.resolve(output)), path.resolve(root));
    const options = {
      ...VERIFY_DEFAULTS,
      ...this.work,
      ...(await lineageOptions(flags, warn)),
      model: args.model,
      trust: await loadTrust(flags, warn),
      attestations: flags.attestations ?? [],
      at: flags.time === undefined ? new Date() : parseTime(flags.time),
      version: this.config.version,
      environment: this.environment,
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    };
    const { report, text, expires } = await draftPolicy(options, trustedRoot);
    if (text === undefined) return this.finishReport(report, []);
    await writeReportFile(flags.output, text);
    const file = path.basename(flags.output);
    return this.finish({ file, expires, verdict: report.verdict }, EXIT.done, () =>
      [
        `wrote ${name(file)}, in force until ${expires}`,
        'read it, then: stemma policy check and stemma verify --policy',
      ].join('\n'),
    );
  }
}

/** @throws StemmaError WOULD_OVERWRITE */
async function requireNew(output: string, force: boolean): Promise<void> {
  const found = await lstat(output).catch(() => undefined);
  if (force || found === undefined || (found.isFile() && found.size === 0)) return;
  throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(output))} exists already`, {
    hint: 'choose another name; --force replaces the file',
  });
}
