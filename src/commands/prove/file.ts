import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand, EXIT, modelArgument, withEnvironment } from '../../cli/index.ts';
import { modelProofFlags, requireApart, requireReplaceable, writeProofFile } from '../../cli/proof-file.ts';
import { renderProofsWritten } from '../../cli/render/proof.ts';
import { proveFiles } from '../../core/proof/index.ts';

export class ProveFile extends BaseCommand {
  static override summary = 'prove single files of a model or dataset';
  static override description =
    'Writes a proof that a model or dataset, to whose file tree a signed statement commits, has a file of this path, size and ' +
    'SHA-256, without listing the others. It is read as a whole and must be the attested one. A salted dataset has no file ' +
    'tree: stemma prove record shows its records.';
  static override examples = [
    {
      description: 'prove the configuration of a model',
      command: '<%= config.bin %> <%= command.id %> ./model config.json -o config.proof.json',
    },
    {
      description: 'prove one file of a dataset',
      command: '<%= config.bin %> <%= command.id %> ./data train.csv -o train.proof.json',
    },
    {
      description: 'in CI, prove two files at once',
      command:
        '<%= config.bin %> <%= command.id %> out/model config.json model.safetensors -o out/files.proofs.jsonl --json',
    },
  ];
  static override args = {
    model: modelArgument(),
    path: stringArgument({ description: 'file in it', required: true, multiple: true }),
  };
  static override flags = withEnvironment({
    ...modelProofFlags(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ProveFile);
    requireApart(flags.output, [args.model, ...(flags.attestation === undefined ? [] : [flags.attestation])]);
    await requireReplaceable(flags.output, flags.force);
    const proved = await proveFiles({
      ...this.work,
      model: args.model,
      paths: args.path,
      ...(flags.attestation === undefined ? {} : { attestations: flags.attestation }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    const written = await writeProofFile(flags.output, proved);
    return this.finish(written, EXIT.done, (look) => renderProofsWritten(written, look));
  }
}
