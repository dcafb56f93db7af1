import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, EXIT, modelArgument, withEnvironment } from '../../cli/index.ts';
import { modelProofFlags, requireApart, requireReplaceable, writeProofFile } from '../../cli/proof-file.ts';
import { renderProofsWritten } from '../../cli/render/proof.ts';
import { proveTensors } from '../../core/proof/index.ts';

export class ProveTensor extends BaseCommand {
  static override summary = 'prove single tensors of a model';
  static override description =
    'Writes a proof that a model, to whose tensors a signed statement commits, has a tensor of this name, data type, shape and ' +
    'chunk root, without listing the others. The model is read as a whole and must be the attested one.';
  static override examples = [
    {
      description: 'prove one tensor',
      command: '<%= config.bin %> <%= command.id %> ./model layers.0.weight -o layer0.proof.json',
    },
    {
      description: 'in CI, prove two tensors at once',
      command:
        '<%= config.bin %> <%= command.id %> out/model layers.0.weight layers.1.weight -o out/tensors.proofs.jsonl --json',
    },
  ];
  static override args = {
    model: modelArgument(),
    name: stringArgument({ description: 'name of the tensor', required: true, multiple: true }),
  };
  static override flags = withEnvironment({
    set: string({ summary: 'tensor set, where a name stands in several', helpValue: 'PATH' }),
    ...modelProofFlags(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ProveTensor);
    requireApart(flags.output, [args.model, ...(flags.attestation === undefined ? [] : [flags.attestation])]);
    await requireReplaceable(flags.output, flags.force);
    const proved = await proveTensors({
      ...this.work,
      model: args.model,
      names: args.name,
      ...(flags.set === undefined ? {} : { set: flags.set }),
      ...(flags.attestation === undefined ? {} : { attestations: flags.attestation }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    const written = await writeProofFile(flags.output, proved);
    return this.finish(written, EXIT.done, (look) => renderProofsWritten(written, look));
  }
}
