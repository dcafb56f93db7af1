import { string as stringArgument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { BaseCommand, EXIT, jobsFlag, name, repeatable, withEnvironment } from '../../cli/index.ts';
import { openTargets, targetFlags, weightsFlag } from '../../cli/pin-flags.ts';
import { pinnedRoot } from '../../cli/pinned-root.ts';

export class PinRm extends BaseCommand {
  static override summary = 'keep a pin no longer';
  static override description =
    'Tells each target to keep the DAG no longer; one that does not hold it is left as it is. What others have fetched meanwhile ' +
    'stays with them: nothing that was public is taken back.';
  static override examples = [
    {
      description: 'unpin a CID from the node on this machine',
      command: '<%= config.bin %> <%= command.id %> ipfs://bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64',
    },
    {
      description: 'in CI, unpin an older release from a cluster',
      command:
        'STEMMA_IPFS_TOKEN="$TOKEN" <%= config.bin %> <%= command.id %> bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64 --to cluster=https://cluster.example --json',
    },
  ];
  static override args = {
    model: stringArgument({ description: 'model, or a CID', required: true }),
  };
  static override flags = withEnvironment({
    ...targetFlags(),
    'with-weights': weightsFlag(),
    ignore: repeatable({ summary: 'path in the model that was left out, with --with-weights', helpValue: 'PATH' }),
    'allow-symlinks': boolean({ summary: 'follow symbolic links' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(PinRm);
    const { targets } = await openTargets(flags.to ?? ['kubo'], flags, undefined);
    const { root } = await pinnedRoot(args.model, flags, this.work);
    const removed: { target: string; wasPinned: boolean }[] = [];
    for (const target of targets) {
      removed.push({ target: target.label, wasPinned: await target.remove(root, this.signal) });
    }
    const cid = root.toString();
    const lines = removed.map(
      ({ target, wasPinned }) => `${name(target)}: ${wasPinned ? 'unpinned' : 'was not pinned'}`,
    );
    return this.finish({ cid, targets: removed }, EXIT.done, [`ipfs://${cid}`, ...lines].join('\n'));
  }
}
