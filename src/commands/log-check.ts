import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, exitCodeOfReport, loadTrustedKeys, trustedKeysFlag, withEnvironment } from '../cli/index.ts';
import { forceFlag, requireApart, requireReplaceable } from '../cli/proof-file.ts';
import { renderLogCheck } from '../cli/render/log-check.ts';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { checkExtension, checkLog, parseExtension } from '../core/log/index.ts';

export class LogCheck extends BaseCommand {
  static override summary = 'check that a log was only appended to since a checkpoint';
  static override usage = 'log-check (LOG | --proof FILE) --since FILE [FLAGS]';
  static override description =
    'A checkpoint is what stemma run signed of a log while it grew. Exit code 0 means that the log still begins with the very ' +
    'records of each checkpoint; 1 that it was shortened, reordered or edited, and before which record. A checkpoint binds only ' +
    'from the moment on at which somebody else than the trainer held a copy of it.';
  static override examples = [
    {
      description: 'is the log then a prefix of the log now?',
      command: '<%= config.bin %> <%= command.id %> train.jsonl --since early.checkpoint --key trainer.pub',
    },
    {
      description: 'in CI, one log of a run with several',
      command:
        'STEMMA_TRUSTED_KEYS=trainer.pub <%= config.bin %> <%= command.id %> out/train.jsonl --since out/run.checkpoints --origin 0 --json',
    },
  ];
  static override args = { log: stringArgument({ description: 'file of the log as it is now; not with --proof' }) };
  static override flags = withEnvironment({
    since: string({ summary: 'checkpoints that the log has to begin with', helpValue: 'FILE', required: true }),
    origin: string({
      summary: 'which log it is: the origin in its checkpoints, or the last part of that (stdout, 0)',
      helpValue: 'ORIGIN',
    }),
    prove: string({
      summary: 'write a proof that one checkpoint begins with the records of another',
      helpValue: 'FILE',
    }),
    between: string({
      summary: 'which two that proof is of, by the records that they cover; default the smallest and the greatest',
      helpValue: 'OLD:NEW',
      dependsOn: ['prove'],
    }),
    force: forceFlag(),
    proof: string({
      summary: 'such a proof, in the place of the log',
      helpValue: 'FILE',
      exclusive: ['origin', 'prove'],
    }),
    key: trustedKeysFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(LogCheck);
    const trusted = await loadTrustedKeys(flags.key, (message) => this.warn(message));
    const { since, origin, proof, prove } = flags;
    const { log } = args;
    if ((log === undefined) === (proof === undefined)) {
      throw new StemmaError('USAGE', 'expected either the file of a log or --proof');
    }
    if (prove !== undefined && log !== undefined) {
      requireApart(prove, [log, since, ...(flags.key ?? [])]);
      await requireReplaceable(prove, flags.force, parseExtension);
    }
    const optional = {
      ...(origin === undefined ? {} : { origin }),
      ...(prove === undefined ? {} : { prove }),
      ...(flags.between === undefined ? {} : { between: parsePair(flags.between) }),
    };
    const report =
      log === undefined
        ? await checkExtension({ since, trusted, proof: proof ?? '' })
        : await checkLog({ ...this.work, log, since, trusted, ...optional });
    const answer = { ...report, environment: this.environment };
    return this.finish(answer, exitCodeOfReport(report), (look) => renderLogCheck(report, look));
  }
}

/** @throws StemmaError USAGE unless the first number is the smaller one */
function parsePair(text: string): { readonly from: number; readonly to: number } {
  const [, old, next] = /^([1-9]\d{0,14}):([1-9]\d{0,14})$/.exec(text) ?? [];
  const [from, to] = [Number(old), Number(next)];
  if (from < to) return { from, to };
  throw new StemmaError('USAGE', `expected --between as two sizes such as 1200:4800, found ${quote(text, 40)}`);
}
