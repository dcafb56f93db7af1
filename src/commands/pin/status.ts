import { string as stringArgument } from '@oclif/core/args';
import { boolean, integer } from '@oclif/core/flags';
import { BaseCommand, jobsFlag, repeatable, withEnvironment } from '../../cli/index.ts';
import { EXIT_OF_PIN } from '../../cli/pin-exit.ts';
import { openTargets, targetFlags, weightsFlag } from '../../cli/pin-flags.ts';
import { pinnedRoot } from '../../cli/pinned-root.ts';
import { renderPin } from '../../cli/render/pin.ts';

export class PinStatus extends BaseCommand {
  static override summary = 'who holds a pin now';
  static override description =
    'Computes the CID of the model here, asks each target who keeps it, and reads blocks back: all of a small DAG, all parents and ' +
    'a sample of leaves of a large one. Exit code 3 says that fewer than --require hold it, 1 that a target says it does and does ' +
    'not, 5 that it could not be asked. A peer that is reached in two ways counts once.';
  static override examples = [
    {
      description: 'ask the node on this machine for the evidence of a model',
      command: '<%= config.bin %> <%= command.id %> ./model',
    },
    {
      description: 'in CI, stop a release that fewer than three peers of a cluster hold',
      command:
        'STEMMA_IPFS_TOKEN="$TOKEN" <%= config.bin %> <%= command.id %> out/model --to cluster=https://cluster.example --require 3 --json',
    },
  ];
  static override args = {
    model: stringArgument({ description: 'model, or a CID', required: true }),
  };
  static override flags = withEnvironment({
    ...targetFlags(),
    require: integer({ summary: 'how many have to hold it', min: 1, max: 1000, default: 1, helpGroup: 'IPFS' }),
    'with-weights': weightsFlag(),
    ignore: repeatable({ summary: 'path in the model that was left out, with --with-weights', helpValue: 'PATH' }),
    'allow-symlinks': boolean({ summary: 'follow symbolic links' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(PinStatus);
    const { targets, context } = await openTargets(flags.to ?? ['kubo'], flags, undefined);
    const { root, dag, what } = await pinnedRoot(args.model, flags, this.work);
    const { pinStatus } = await import('../../core/ipfs/index.ts');
    const report = await pinStatus(root, dag, targets, { ...context, signal: this.signal, required: flags.require });
    return this.finish({ what, ...report }, EXIT_OF_PIN[report.result], (look) => renderPin(report, what, look));
  }
}
