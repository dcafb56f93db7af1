import path from 'node:path';
import { boolean } from '@oclif/core/flags';
import { renderDemo, renderDemoVerdict, runDemo } from '../cli/demo/index.ts';
import { BaseCommand, EXIT, withEnvironment } from '../cli/index.ts';

export class Demo extends BaseCommand {
  static override summary = 'attest, verify and tamper with a small real model';
  static override description =
    'Takes the model of fixtures/digits through the whole story in a temporary folder: keys, attestations with lineage and ' +
    'training log, verification, and two refusals. Every step really runs and is compared with what it tells. The commands shown ' +
    'do the same by hand, in the folder that --keep leaves. Exit code 70 means that a step did not go as told.';
  static override examples = [
    { description: 'see what stemma does', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'check an installation in CI', command: '<%= config.bin %> <%= command.id %> --json' },
  ];
  static override flags = withEnvironment({
    keep: boolean({ summary: 'keep the temporary folder, to try the commands in it' }),
  });

  async run(): Promise<object> {
    const { flags } = await this.parse(Demo);
    const result = await runDemo({
      work: this.work,
      fixture: path.join(this.config.root, 'fixtures', 'digits'),
      keep: flags.keep,
      at: new Date(),
      version: this.config.version,
    });
    const answer = this.finish(result, result.asTold ? EXIT.done : EXIT.bug, (look) =>
      flags.quiet ? renderDemoVerdict(result, look) : renderDemo(result, look),
    );
    this.note(
      'your own: stemma key generate NAME, stemma attest MODEL --key NAME.key, stemma verify MODEL --key NAME.pub',
    );
    return answer;
  }
}
