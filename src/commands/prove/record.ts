import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { cacheFolder } from '../../cli/cache-folder.ts';
import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { forceFlag, parseLineNumber, requireApart, requireReplaceable, writeProofFile } from '../../cli/proof-file.ts';
import { renderProofsWritten } from '../../cli/render/proof.ts';
import { proveRecords } from '../../core/proof/index.ts';

export class ProveRecord extends BaseCommand {
  static override summary = 'prove single records of a log';
  static override description =
    'Writes a proof that these bytes are this record of a log to which a signed statement commits, without showing the other ' +
    'records. FILE must be the log as it was attested; a file of a salted dataset that is not cut into records is one. Signatures are not looked at here: check-proof does that. The index of a ' +
    'large log is kept in the cache of the user, so that a further proof takes no time.';
  static override examples = [
    {
      description: 'prove one line of a training log',
      command:
        '<%= config.bin %> <%= command.id %> train.jsonl --line 5 --attestation model/model.attestations.jsonl -o step5.proof.json',
    },
    {
      description: 'in CI, prove the first and the last line in one file',
      command:
        '<%= config.bin %> <%= command.id %> out/train.jsonl --line 1 --line "$(wc -l < out/train.jsonl)" --attestation out/model/model.attestations.jsonl -o out/train.proofs.jsonl --no-cache --json',
    },
  ];
  static override args = { file: stringArgument({ description: 'the log', required: true }) };
  static override flags = withEnvironment({
    line: string({
      summary: 'record to prove, counted from 1',
      helpValue: 'N',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    attestation: string({
      summary: 'attestations whose statement commits to the log (JSON Lines, or one bundle)',
      helpValue: 'FILE',
      required: true,
    }),
    output: string({ char: 'o', summary: 'proof file to write', helpValue: 'FILE', required: true }),
    force: forceFlag(),
    secret: string({ summary: 'secret of the salted log, or of --dataset', helpValue: 'FILE' }),
    dataset: string({
      summary: 'salted dataset that the log is in, as it was attested',
      helpValue: 'PATH',
      dependsOn: ['secret'],
    }),
    'no-cache': boolean({ summary: 'neither use nor keep an index' }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ProveRecord);
    const sources = [args.file, flags.attestation, flags.secret, flags.dataset];
    requireApart(
      flags.output,
      sources.filter((source) => source !== undefined),
    );
    await requireReplaceable(flags.output, flags.force);
    const secret =
      flags.secret === undefined
        ? {}
        : { secret: await (await import('../../core/dataset/index.ts')).requireSecret(flags.secret) };
    const proved = await proveRecords({
      ...this.work,
      file: args.file,
      lines: flags.line.map(parseLineNumber),
      attestations: flags.attestation,
      ...secret,
      ...(flags.dataset === undefined ? {} : { dataset: flags.dataset }),
      ...(flags['no-cache'] ? {} : { cache: cacheFolder() }),
    });
    const written = await writeProofFile(flags.output, proved);
    return this.finish(written, EXIT.done, (look) => renderProofsWritten(written, look));
  }
}
