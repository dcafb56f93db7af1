import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, trustFlags, withEnvironment } from '../cli/index.ts';
import { loadTrust, parseTime } from '../cli/inputs.ts';
import { renderProofReport } from '../cli/render/proof.ts';
import { parseDigestSetText } from '../core/digest/index.ts';
import { checkProofs, proofsCode } from '../core/proof/index.ts';

export class CheckProof extends BaseCommand {
  static override summary = 'check proofs of single records, files or tensors';
  static override description =
    'Checks offline that someone you trust signed a statement, and that what the proof shows is at this place in the tree to ' +
    'which that commits. Needs neither the model nor the log. Exit code 0 means that every proof of the file holds; the answer ' +
    'says what that shows, and what it does not.';
  static override examples = [
    {
      description: 'check a proof with the key of the signer',
      command: '<%= config.bin %> <%= command.id %> step5.proof.json --key trainer.pub',
    },
    {
      description: 'gate in CI: the proof must be about this very model',
      command:
        'STEMMA_TRUSTED_KEYS=trainer.pub <%= config.bin %> <%= command.id %> out/files.proofs.jsonl --expect "$(<%= config.bin %> digest out/model)" --json',
    },
  ];
  static override args = { proof: stringArgument({ description: 'file with one proof a line', required: true }) };
  static override flags = withEnvironment({
    ...trustFlags(),
    expect: string({
      summary: 'digest set that the statement must be about',
      helpValue: 'SET',
      helpGroup: 'REQUIREMENTS',
    }),
    'expect-name': string({
      summary: 'name that the signer must have given its subject',
      helpValue: 'NAME',
      helpGroup: 'REQUIREMENTS',
    }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(CheckProof);
    const report = await checkProofs({
      signal: this.signal,
      file: args.proof,
      trust: await loadTrust(flags, (message) => this.warn(message)),
      at: flags.time === undefined ? new Date() : parseTime(flags.time),
      ...(flags.expect === undefined ? {} : { expect: parseDigestSetText(flags.expect) }),
      ...(flags['expect-name'] === undefined ? {} : { expectName: flags['expect-name'] }),
    });
    const answer = { ...report, environment: this.environment };
    return this.finish(answer, proofsCode(report.proofs), (look) => renderProofReport(report, look));
  }
}
