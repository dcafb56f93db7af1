import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { provenanceOf, SIDE_FILES, statementsOf } from '../core/attest/support.ts';
import { onlyDocument } from '../support/cli.ts';
import { MAKE_OUT, TRAINER, Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

const sh = (text: string): readonly string[] => ['sh', '-c', text];
const INPUTS = '--no-source --base finetuned-from=base --dataset data --output out';

describe('stemma run with a real trainer', () => {
  it('attests the model with what was observed, and verify says that it is so', async () => {
    const flags = `${INPUTS} --log out/train.jsonl --log out/events.out.tfevents.1.digits --param lr=0.05`;
    const ran = await shop.run(flags, [process.execPath, TRAINER, 'data', 'out', '3', '--token', 's3cret']);

    expect([ran.exitCode, ran.stdout]).toEqual([
      0,
      'epoch 1: loss 0.7431\nepoch 2: loss 0.2584\nepoch 3: loss 0.1890\n',
    ]);
    expect(ran.stderr).toMatch(/^done\n/);
    expect(ran.stderr).toContain('dataset data: observed');
    expect(ran.stderr).toContain('wrote model.manifest.jsonl, model.attestations.jsonl, model.sig');
    expect(shop.evidence('out').toSorted()).toEqual(SIDE_FILES);

    const provenance = provenanceOf(shop.at('out'));
    expect(provenance.command).toEqual(['node', 'trainer.mjs', 'data', 'out', '3', '--token', '[redacted]']);
    expect(provenance.links.map(({ relation, evidence }) => [relation, evidence])).toEqual([
      ['finetuned-from', 'observed'],
      ['trained-on', 'observed'],
    ]);
    expect(provenance.logs.map(({ name, size, records }) => [name, size, records])).toEqual([
      ['stdout', 3, 'lf'],
      ['stderr', 1, 'lf'],
      ['train.jsonl', 3, 'lf'],
      ['events.out.tfevents.1.digits', 3, 'tfrecord'],
    ]);
    expect(provenance.parameters).toEqual({ lr: '0.05' });
    const { startedOn = '', finishedOn = '' } = provenance;
    expect(Date.parse(startedOn)).toBeLessThanOrEqual(Date.parse(finishedOn));
    expect(Math.abs(Date.now() - Date.parse(finishedOn))).toBeLessThan(600_000);

    writeFileSync(shop.at('stdout'), ran.stdout);
    const verified = await shop.stemma(
      'verify out --key p256.pub --full --require provenance --log out/train.jsonl --log stdout --input data'.split(
        ' ',
      ),
    );
    expect(verified.exitCode).toBe(0);
    expect(verified.stdout).toContain('equal to the dataset "data" (observed)');
    expect(verified.stdout).toContain('command: node trainer.mjs data out 3 --token [redacted]');
    expect(verified.stdout).toMatch(/trained-on data .*\(observed\)/);
    writeFileSync(shop.at('stdout'), ran.stdout.replace('0.1890', '0.0890'));
    const edited = await shop.stemma('verify out --key p256.pub --log stdout'.split(' '));
    expect(edited.exitCode).toBe(1);
  });

  it('gives the same model and the same roots of its logs again', async () => {
    const roots: unknown[] = [];
    for (const _ of [1, 2]) {
      const again = new Workshop();
      await again.run(`${INPUTS} --log out/train.jsonl`, [process.execPath, TRAINER, 'data', 'out', '2']);
      const { logs, links } = provenanceOf(again.at('out'));
      roots.push([statementsOf(again.at('out'))[0]?.statement.subject, logs, links]);
    }
    expect(roots[0]).toEqual(roots[1]);
  });

  it('attests each of several outputs, of which one is a file', async () => {
    const command = sh(`${MAKE_OUT} && echo x > weights.bin`);
    const { exitCode, stdout } = await shop.run('--no-source --output out --output weights.bin --json', command);
    const { result } = onlyDocument(stdout);
    expect([exitCode, shop.evidence().toSorted()]).toEqual([
      0,
      [
        ...SIDE_FILES.map((name) => `out/${name}`),
        ...['attestations.jsonl', 'manifest.jsonl', 'sig'].map((suffix) => `weights.bin.${suffix}`),
      ],
    ]);
    expect(result?.['outputs']).toMatchObject([{ name: 'out' }, { name: 'weights.bin', kind: 'file' }]);
  });

  it('trains in place where the base may change, and links to what it was', async () => {
    const before = await shop.stemma(['digest', 'base', '--json']);
    const { exitCode, stderr } = await shop.run(
      '--no-source --base finetuned-from=base --mutable base --output base',
      sh('echo more >> base/README.md'),
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('"base" changed while the command ran: it is recorded as declared');
    const [link] = provenanceOf(shop.at('base')).links;
    expect(link?.evidence).toBe('declared');
    expect(link?.digest).toEqual(onlyDocument(before.stdout).result?.['digests']);
  });
});

describe('the status of the command', () => {
  it.each([1, 2, 3, 5, 70, 99, 130, 255])(
    'is the exit code where it is %i, and nothing is attested',
    async (status) => {
      const { exitCode, stdout, stderr } = await shop.run(
        '--output out',
        sh(`${MAKE_OUT}; echo so far; exit ${status}`),
      );
      expect([exitCode, stdout]).toEqual([status, 'so far\n']);
      expect(stderr).toContain(`not attested: the command exited with ${status}`);
      expect(shop.evidence()).toEqual([]);
    },
  );

  it.each([
    ['KILL', 137],
    ['TERM', 143],
    ['SEGV', 139],
    ['INT', 130],
  ])('is 128 and the number of SIG%s where that ended it', async (signal, status) => {
    const { exitCode, stderr } = await shop.run('--output out', sh(`${MAKE_OUT}; kill -${signal} $$`));
    expect(exitCode).toBe(status);
    expect(stderr).toContain(`was ended by SIG${signal}`);
    expect(shop.evidence()).toEqual([]);
  });

  it('stands beside ours under --json, on a stdout that is ours alone', async () => {
    const failed = await shop.run('--output out --json', sh('echo out; echo err >&2; exit 3'));
    const document = onlyDocument(failed.stdout);
    expect([failed.exitCode, failed.stderr.split('\n').toSorted()]).toEqual([3, ['', 'err', 'out']]);
    expect(document).toMatchObject({ ok: false, exitCode: 3, command: 'run' });
    expect(document.result).toMatchObject({ exitCode: 3, signal: null, status: 3, attested: false, outputs: [] });

    const killed = onlyDocument((await shop.run('--output out --json', sh('kill -9 $$'))).stdout);
    expect([killed.exitCode, killed.result]).toMatchObject([137, { exitCode: null, signal: 'SIGKILL', status: 137 }]);

    const done = onlyDocument((await shop.run('--output out --json', sh(MAKE_OUT))).stdout);
    expect([done.ok, done.result]).toMatchObject([true, { exitCode: 0, signal: null, status: 0, attested: true }]);
  });

  it('is ours where the command succeeds and there is nothing to attest', async () => {
    const { exitCode, stdout } = await shop.run('--output out --json', ['true']);
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([3, 'OUTPUT_MISSING']);
  });

  it.each([
    ['no command', []],
    ['a program that is not there', ['stemma-no-such-program']],
    ['a file that is no program', ['./base/config.json']],
    ['an empty name', ['']],
  ])('is 2 for %s', async (_, command) => {
    const { exitCode } = await shop.run('--output out', command);
    expect([exitCode, shop.evidence()]).toEqual([2, []]);
  });

  it('is 2 for a command without the two dashes, whatever its flags', async () => {
    const { exitCode, stderr } = await shop.stemma(['run', '--key', 'p256.key', '--output', 'out', 'touch', 'x']);
    expect([exitCode, existsSync(shop.at('x'))]).toEqual([2, false]);
    expect(stderr).toContain('expected the command to run after --');
  });

  it('takes no flag of the command for one of ours', async () => {
    const command = sh(`${MAKE_OUT}; echo "$@"`).concat('sh', '--json', '--quiet', '--help', '--', '--key', 'other');
    const { exitCode, stdout } = await shop.run('--output out', command);
    expect([exitCode, stdout]).toEqual([0, '--json --quiet --help -- --key other\n']);
  });
});

describe('the provenance of a run', () => {
  it('has the recorded variables, versions, lockfiles and inputs', async () => {
    writeFileSync(shop.at('requirements.txt'), 'numpy==2.3.4\n');
    writeFileSync(shop.at('vocab.txt'), 'a b c\n');
    writeFileSync(shop.at('config.yaml'), 'lr: 1\n');
    const flags = '--no-source --output out --input vocab.txt --config config.yaml --environment data';
    const env = {
      PYTHONHASHSEED: '0',
      CUBLAS_WORKSPACE_CONFIG: ':4096:8',
      MY_OWN: 'x',
      XLA_FLAGS: '--dump=/home/jane',
    };
    await shop.run(flags.replace(' --environment data', ''), sh(MAKE_OUT), env);
    const [, statement] = statementsOf(shop.at('out'));
    expect(statement?.statement.predicate).toMatchObject({
      buildDefinition: {
        internalParameters: {
          environment: { CUBLAS_WORKSPACE_CONFIG: ':4096:8', PYTHONHASHSEED: '0', XLA_FLAGS: '--dump=[home]' },
        },
      },
    });
    const { inputs, environment, config } = provenanceOf(shop.at('out'));
    expect(inputs).toMatchObject([{ name: 'vocab.txt', evidence: 'observed' }]);
    expect(environment).toMatchObject([{ name: 'requirements.txt', evidence: 'observed' }]);
    expect(config).toMatchObject([{ name: 'config.yaml' }]);
    expect(JSON.stringify(statement?.statement)).not.toMatch(/MY_OWN|\/home|\/tmp/);
  });

  it('says that a base given by its digests is declared', async () => {
    const digests = `stemmaFileTreeV1:${'ab'.repeat(32)}`;
    await shop.run(`--no-source --output out --base ${digests}`, sh(MAKE_OUT));
    expect(provenanceOf(shop.at('out')).links).toMatchObject([{ evidence: 'declared' }]);
  });

  it('is signed by any key where no OMS signature is wanted', async () => {
    const flags = ['run', '--key', 'ed25519.key', '--no-model-sig', '--output', 'out', '--', ...sh(MAKE_OUT)];
    const { exitCode } = await shop.stemma(flags);
    expect([exitCode, shop.evidence('out').toSorted()]).toEqual([0, SIDE_FILES.slice(0, 2)]);
  });

  it('replaces the evidence of a former run only with --force', async () => {
    await shop.run('--output out', sh(MAKE_OUT));
    const signature = readFileSync(shop.at('out/model.sig'), 'utf8');
    const again = sh('touch started; echo more >> out/config.json');
    const refused = await shop.run('--output out', again);
    expect([refused.exitCode, existsSync(shop.at('started'))]).toEqual([2, false]);
    expect(refused.stderr).toContain('model.sig is there already: it signs what the output holds now');
    expect((await shop.run('--output out --force', again)).exitCode).toBe(0);
    expect(readFileSync(shop.at('out/model.sig'), 'utf8')).not.toBe(signature);
    expect((await shop.stemma('verify out --key p256.pub'.split(' '))).exitCode).toBe(0);
  });
});
