import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, EXIT, withEnvironment } from '../cli/index.ts';
import { parseBytes } from '../cli/inputs.ts';
import { renderFetched } from '../cli/render/fetch.ts';
import { openRemoteSource, sourceFlags } from '../cli/source-flags.ts';

export class Fetch extends BaseCommand {
  static override summary = 'fetch a model or its evidence from IPFS, each block verified';
  static override description =
    'Fetches a UnixFS file or folder from gateways, a node or a CAR, and holds every block to the CID as it arrives, so that none ' +
    'of them has to be trusted. What is fetched is put in place whole or not at all; the same command takes up a fetch that broke ' +
    'off. A release that was pinned with --with-weights passes verify as it is. Exit code 1 says that nobody sent the right bytes, ' +
    '3 that nobody has them, 4 that the DAG is malformed, 5 that nobody could be asked.';
  static override examples = [
    {
      description: 'fetch a release through a gateway',
      command: '<%= config.bin %> <%= command.id %> "ipfs://$CID" -o ./fetched --gateway https://gateway.example',
    },
    {
      description: 'in CI, from a node on the machine, and verify',
      command:
        '<%= config.bin %> <%= command.id %> "$CID" -o release --kubo http://127.0.0.1:5001 && <%= config.bin %> verify release --key trainer.pub',
    },
  ];
  static override args = {
    cid: stringArgument({ description: 'CID, bare or as ipfs://CID', required: true }),
  };
  static override flags = withEnvironment({
    output: string({ char: 'o', summary: 'where to put it; must not exist', helpValue: 'PATH', required: true }),
    'from-car': string({
      summary: 'a CAR to take it from, and no server',
      helpValue: 'FILE',
      helpGroup: 'IPFS',
      exclusive: ['gateway', 'kubo'],
    }),
    ...sourceFlags(),
    'max-bytes': string({ summary: 'refuse to write more than this; default 1TiB', helpValue: 'SIZE' }),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Fetch);
    const maxBytes = flags['max-bytes'] === undefined ? undefined : parseBytes(flags['max-bytes']);
    const { fetchDag, openCar, parseCid } = await import('../core/ipfs/index.ts');
    const root = parseCid(args.cid.replace(/^ipfs:\/\//, '').replace(/\/$/, ''));
    const options = { ...this.work, maxBytes };
    if (flags['from-car'] === undefined) {
      const fetched = await fetchDag(await openRemoteSource(flags, this.work), root, flags.output, options);
      return this.finish(fetched, EXIT.done, () => renderFetched(fetched));
    }
    const car = await openCar(flags['from-car'], undefined, this.work);
    try {
      const fetched = await fetchDag(car, root, flags.output, options);
      return this.finish(fetched, EXIT.done, () => renderFetched(fetched));
    } finally {
      await car.close();
    }
  }
}
