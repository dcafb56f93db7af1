import { string } from '@oclif/core/flags';
import { BaseCommand, EXIT, withEnvironment } from '../../cli/index.ts';
import { predicateTypeOf } from '../../cli/predicate-types.ts';
import { renderFound } from '../../cli/render/store.ts';
import { limitFlag, signerNames, storeFlag, storeOf } from '../../cli/store-flags.ts';
import { parseDigestSetText } from '../../core/digest/index.ts';
import { StemmaError } from '../../core/errors/index.ts';
import { findStatements } from '../../core/store/index.ts';

export class StoreFind extends BaseCommand {
  static override summary = 'find statements in the store';
  static override description =
    'Finds the statements that fit all that is asked: what they are about, whom they name as signer, their predicate type, the ' +
    'name they give. A signer is claimed: no signature is checked here. Exit code 3 says that there may be more.';
  static override examples = [
    {
      description: 'what one trainer is said to have signed',
      command: '<%= config.bin %> <%= command.id %> --signer trainer.pub',
    },
    {
      description: 'in CI, the evaluations of a model by its name',
      command: '<%= config.bin %> <%= command.id %> --type evaluation --name model --json',
    },
  ];
  static override flags = withEnvironment({
    digest: string({ summary: 'digest set that they are about', helpValue: 'SET' }),
    signer: string({ summary: 'public key, or what bundles name it by', helpValue: 'FILE|HEX' }),
    type: string({
      summary: 'model, dataset, provenance, evaluation, approval, oms or a predicate type',
      helpValue: 'TYPE',
    }),
    name: string({ summary: 'name that they give', helpValue: 'NAME' }),
    store: storeFlag(),
    limit: limitFlag(),
  });

  async run(): Promise<object> {
    const { flags } = await this.parse(StoreFind);
    const { digest, signer, type, name } = flags;
    if ([digest, signer, type, name].every((value) => value === undefined)) {
      throw new StemmaError('USAGE', 'expected --digest, --signer, --type or --name', {
        hint: 'stemma store list shows all statements',
      });
    }
    const found = await findStatements({
      ...this.work,
      store: storeOf(flags),
      limit: flags.limit,
      ...(digest === undefined ? {} : { digests: parseDigestSetText(digest) }),
      ...(signer === undefined ? {} : await signerNames(signer, (message) => this.warn(message))),
      ...(type === undefined ? {} : { type: predicateTypeOf(type) }),
      ...(name === undefined ? {} : { name }),
    });
    const isComplete = found.damaged === 0 && !found.truncated;
    return this.finish(found, isComplete ? EXIT.done : EXIT.incomplete, (look) => renderFound(found, look));
  }
}
