import { boolean, integer, string } from '@oclif/core/flags';
import { encryptToFlag, readRecipients } from '../cli/age-keys.ts';
import { BaseCommand, EXIT, jobsFlag, modelArgument, repeatable, withEnvironment } from '../cli/index.ts';
import { withTemporaryFolder } from '../cli/pack-flags.ts';
import { EXIT_OF_PIN } from '../cli/pin-exit.ts';
import { openTargets, targetFlags, weightsFlag } from '../cli/pin-flags.ts';
import { askOnce } from '../cli/publish.ts';
import { renderCost, renderPin, renderSealed } from '../cli/render/pin.ts';
import { StemmaError } from '../core/errors/index.ts';

export class Pin extends BaseCommand {
  static override summary = "pin a model's evidence to IPFS";
  static override description =
    'Computes the CID here, hands the blocks over as a CAR, and then asks the target what it holds: no answer of it is believed. ' +
    'Pins the evidence (attestations, signature, manifest); --with-weights pins the whole release. What becomes public is listed ' +
    'before it does. Exit code 1 says that a target contradicts what it said, 3 that too few hold it, 5 that one failed. A pin that ' +
    'broke off is made again by the same command.';
  static override examples = [
    {
      description: 'pin the evidence to the node on this machine',
      command: '<%= config.bin %> <%= command.id %> ./model --to kubo',
    },
    {
      description: 'pin it for one reader alone, who fetches it by the CID',
      command:
        '<%= config.bin %> <%= command.id %> ./model --to kubo --yes --encrypt-to age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj',
    },
    {
      description: 'in CI, pin a release to three peers of a cluster',
      command:
        'STEMMA_IPFS_TOKEN="$TOKEN" <%= config.bin %> <%= command.id %> out/model --to cluster=https://cluster.example --with-weights --replicas 3 --yes --json',
    },
  ];
  static override args = { model: modelArgument() };
  static override flags = withEnvironment({
    ...targetFlags(),
    'with-weights': weightsFlag(),
    'encrypt-to': encryptToFlag('IPFS'),
    replicas: integer({ summary: 'on how many peers of a cluster', min: 1, max: 1000, helpGroup: 'IPFS' }),
    name: string({ summary: 'label of the pin', helpValue: 'NAME', helpGroup: 'IPFS' }),
    yes: boolean({ summary: 'agree that it becomes public; needed where nobody can be asked' }),
    'dry-run': boolean({ summary: 'show CID, cost and what would become public; ask no server' }),
    ignore: repeatable({ summary: 'path in the model to leave out, with --with-weights', helpValue: 'PATH' }),
    'allow-symlinks': boolean({ summary: 'follow symbolic links' }),
    jobs: jobsFlag(),
  });

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Pin);
    const values = flags.to ?? [];
    if (values.length === 0 && !flags['dry-run']) {
      throw new StemmaError('USAGE', 'expected --to TARGET: kubo, kubo=URL, car=FILE, cluster=URL or service=URL');
    }
    const recipients = await readRecipients(flags['encrypt-to']);
    if (recipients !== undefined && (flags['with-weights'] || flags['dry-run'])) {
      throw new StemmaError('USAGE', '--encrypt-to is for the evidence alone, and its CID is another each time', {
        hint: 'leave out --with-weights and --dry-run; stemma evidence export --encrypt-to writes it to a file',
      });
    }
    const { targets, context } = await openTargets(values, flags, args.model);
    const { pinDag, pinnableOf, sealedEvidence } = await import('../core/ipfs/index.ts');
    const pinOptions = {
      ...this.work,
      ...context,
      ...(flags.replicas === undefined ? {} : { replicas: flags.replicas }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
    };
    const consent = { yes: flags.yes, isJson: this.jsonEnabled() };
    if (recipients !== undefined) {
      return withTemporaryFolder(async (folder) => {
        const dag = await sealedEvidence(args.model, { recipients, folder: await folder(), signal: this.signal });
        const show = (): void => this.answerOnStderr((look) => renderSealed(dag, recipients.count, look));
        const beforePublishing = askOnce(consent, { show, signal: this.signal });
        const report = await pinDag(dag, targets, { ...pinOptions, beforePublishing });
        const answer = { what: 'evidence', encryptedTo: recipients.count, ...report };
        return this.finish(answer, EXIT_OF_PIN[report.result], (look) => renderPin(report, 'encrypted evidence', look));
      });
    }
    const pinnable = await pinnableOf(args.model, {
      ...this.work,
      withWeights: flags['with-weights'],
      ignore: flags.ignore ?? [],
      allowSymlinks: flags['allow-symlinks'],
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    const { what, dag, disclosure } = pinnable;
    const cid = dag.root.toString();
    if (flags['dry-run']) {
      const cost = { what, cid, blocks: dag.blockCount, bytes: dag.blockBytes, disclosure };
      return this.finish(cost, EXIT.done, (look) => `ipfs://${cid}\n${renderCost(pinnable, look)}`);
    }
    const show = (): void => this.answerOnStderr((look) => renderCost(pinnable, look));
    const beforePublishing = askOnce(consent, { show, signal: this.signal });
    const report = await pinDag(dag, targets, { ...pinOptions, beforePublishing });
    if (report.result === 'unavailable') this.note('the same command tries again; what is there already is not sent');
    return this.finish({ what, ...report }, EXIT_OF_PIN[report.result], (look) => renderPin(report, what, look));
  }
}
