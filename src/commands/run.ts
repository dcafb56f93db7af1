import { boolean, string } from '@oclif/core/flags';
import { attestFlags, attestOptions } from '../cli/attest-flags.ts';
import { BaseCommand, EXIT, loadSigningKey, repeatable, withEnvironment } from '../cli/index.ts';
import { parseInterval } from '../cli/inputs.ts';
import { secretFiles } from '../cli/keys.ts';
import { isOneStream, OpenLine } from '../cli/open-line.ts';
import { renderRun } from '../cli/render/run.ts';
import { attestRun, type RunResult } from '../core/attest/index.ts';
import { StemmaError } from '../core/errors/index.ts';

export class Run extends BaseCommand {
  static override summary = 'run a training command, watch it, and attest what it made';
  static override description =
    'Digests the inputs, runs COMMAND without a shell, digests the inputs again, takes the log trees of what it prints, and ' +
    'attests each --output that changed, as attest does, with a provenance that says what was observed. Where COMMAND fails, its ' +
    'status is the exit code and nothing is attested. What COMMAND prints passes through; what stemma says is on stderr. ' +
    "Observed by a process in the trainer's own trust domain: this is not SLSA Build L3.";
  static override usage = 'run --output PATH [FLAGS] -- COMMAND [ARGUMENT...]';
  static override examples = [
    {
      description: 'train under watch, and attest the model, its base, its dataset and its log',
      command:
        '<%= config.bin %> <%= command.id %> --key trainer.key --base finetuned-from=../base --dataset ../data --output out --log out/train.jsonl -- python train.py --epochs 3',
    },
    {
      description: 'in CI: the result goes to a file, what the command prints to stderr',
      command:
        'STEMMA_SIGNING_KEY=ci.key STEMMA_PASSPHRASE="$PASS" <%= config.bin %> <%= command.id %> --dataset ../data --output out --json -- python train.py > run.json',
    },
  ];
  static override flags = withEnvironment({
    ...attestFlags(),
    output: repeatable({
      summary: 'model that COMMAND makes: a folder or a file; attested if its bytes changed',
      helpValue: 'PATH',
      helpGroup: 'RUN',
    }),
    input: repeatable({
      summary: 'other file or folder that COMMAND reads',
      helpValue: 'PATH',
      helpGroup: 'RUN',
    }),
    mutable: repeatable({
      summary: 'input that may change while COMMAND runs; if it does, it is recorded as declared, not as observed',
      helpValue: 'PATH',
      helpGroup: 'RUN',
    }),
    'checkpoint-every': string({
      summary: 'sign what the logs hold so far, every so many seconds (60s) or records (1000)',
      helpValue: 'INTERVAL',
      helpGroup: 'RUN',
    }),
    'checkpoint-out': string({
      summary: 'also append each checkpoint to this file',
      helpValue: 'FILE',
      helpGroup: 'RUN',
      dependsOn: ['checkpoint-every'],
    }),
    'checkpoint-glob': repeatable({
      summary: 'write down each checkpoint of the model that COMMAND makes, when it appears',
      helpValue: 'PATTERN',
      helpGroup: 'RUN',
    }),
    transcript: string({
      summary: 'file that they are written down in; default transcript.jsonl',
      helpValue: 'FILE',
      helpGroup: 'RUN',
      dependsOn: ['checkpoint-glob'],
    }),
    observe: boolean({
      summary: 'record the files that COMMAND and its children open and the addresses they contact (strace)',
      helpGroup: 'RUN',
    }),
    hermetic: boolean({
      summary: 'let COMMAND see the declared paths and the system alone, and no network (bubblewrap)',
      helpGroup: 'RUN',
    }),
    tty: boolean({
      summary: 'run COMMAND under a pseudo-terminal; its stdout and stderr become one (util-linux script)',
      helpGroup: 'RUN',
    }),
  });

  async run(): Promise<object> {
    const end = this.argv.indexOf('--');
    const command = end === -1 ? [] : this.argv.slice(end + 1);
    if ((command[0] ?? '') === '') {
      throw new StemmaError('USAGE', 'expected the command to run after --, found none', {
        hint: 'for example: stemma run --key trainer.key --output out -- python train.py',
      });
    }
    const own = this.argv.slice(0, end);
    const { flags } = await this.parse(Run, own);
    const options = attestOptions(flags);
    const signer = await loadSigningKey(flags.key, own, this.keyContext(flags['passphrase-file']));
    // Undefined where neither --color nor --no-color was given, whatever its type says.
    const values: Readonly<Record<string, unknown>> = flags;
    const { stdin, stdout, stderr } = process;
    const json = this.jsonEnabled();
    const line = new OpenLine(json || isOneStream());
    const every = flags['checkpoint-every'];
    const patterns = flags['checkpoint-glob'] ?? [];
    const result = await this.#orSay(
      line,
      attestRun({
        ...this.work,
        ...options,
        onWarning: (message) => {
          if (!json) stderr.write(line.take());
          this.warn(message);
        },
        signer,
        command,
        outputs: flags.output ?? [],
        inputs: flags.input ?? [],
        mutable: flags.mutable ?? [],
        secretFiles: secretFiles(flags.key, flags['passphrase-file']),
        observe: flags.observe,
        hermetic: flags.hermetic,
        tty: flags.tty,
        ...(every === undefined
          ? {}
          : {
              checkpoints: {
                every: parseInterval(every),
                ...(flags['checkpoint-out'] === undefined ? {} : { file: flags['checkpoint-out'] }),
                onCheckpoint: (note: string) => stderr.write(line.take() + note),
              },
            }),
        ...(patterns.length === 0 ? {} : { transcript: { patterns, file: flags.transcript ?? 'transcript.jsonl' } }),
        // Under --json stdout holds the one document.
        stdout: json ? stderr : stdout,
        stderr,
        onOutput: (stream, chunk) => line.passed(stream, chunk),
        terminal: !json && stdout.isTTY && values['color'] !== false,
        sharesTerminal: stdin.isTTY || stdout.isTTY || stderr.isTTY,
        now: () => new Date(),
        onStart: () => this.stopProgress(),
      }),
    );
    this.answerOnStderr((look) => line.take() + renderRun(result, look));
    return this.finish(result, result.attested ? EXIT.done : result.status, '');
  }

  /** A run that was cut short must not be taken for one that was attested. */
  async #orSay(line: OpenLine, work: Promise<RunResult>): Promise<RunResult> {
    try {
      return await work;
    } catch (error) {
      if (!this.jsonEnabled()) process.stderr.write(line.take());
      if (this.signal.aborted) this.warn('the run was interrupted: nothing is attested');
      throw error;
    }
  }
}
