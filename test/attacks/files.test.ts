import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { both } from './support/both.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { MODEL_LINE, type Scene } from './support/scene.ts';
import { resign } from './support/signed.ts';

const HOSTILE_NAMES = [
  '../x',
  '/etc/passwd',
  'a/../../x',
  'C:\\x',
  '\\\\host\\x',
  'a\\..\\b',
  'con',
  'x.',
  'x:ads',
  'a//b',
  './a',
  'a/',
  '',
];

const names: AttackCase[] = [
  ...HOSTILE_NAMES.map(
    (name): AttackCase => ({
      row: 55,
      title: `${JSON.stringify(name)} among the resources of an OMS statement`,
      build: async (scene) => {
        const line = await resign(scene.read('model.sig').toString('utf8'), trainer, ({ predicate }) => {
          const [resource] = predicate['resources'] as { name: string }[];
          if (resource !== undefined) resource.name = name;
        });
        scene.onlySignature(line);
      },
      exit: 4,
    }),
  ),
  ...['ignored', 'opaque'].map(
    (member): AttackCase => ({
      row: 55,
      title: `../x as ${member} in a model statement`,
      build: async (scene) =>
        scene.onlyLines(
          await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => void (predicate[member] = ['../x'])),
        ),
      exit: 4,
    }),
  ),
];

const hardLinks: AttackCase[] = [
  {
    row: 57,
    title: 'a file with another name outside the model',
    build: (scene) => linkSync(scene.in('config.json'), path.join(scene.dir, 'other.json')),
    exit: 0,
    check: 'match.hard-links',
    outcome: 'unknown',
    says: /hard links/,
  },
  {
    row: 57,
    title: 'the same under --strict-fs',
    build: (scene) => {
      linkSync(scene.in('config.json'), path.join(scene.dir, 'other.json'));
      return ['--key', TRAINER, '--strict-fs'];
    },
    exit: 1,
    check: 'match.hard-links',
  },
];

const fifo = (location: string): void => void execFileSync('mkfifo', [location]);

const special: AttackCase[] = [
  ...both(
    58,
    'a FIFO beside the weights',
    (scene) => fifo(scene.in('pipe')),
    { exit: 5, says: /pipe.*not a regular file/ },
    'NOT_A_REGULAR_FILE',
  ),
  {
    row: 58,
    title: 'a FIFO in place of the weights',
    build: (scene) => {
      scene.remove('model.safetensors');
      fifo(scene.in('model.safetensors'));
    },
    exit: 5,
  },
  {
    row: 58,
    title: 'a FIFO as model.sig, all the evidence there is',
    build: (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      fifo(scene.in('model.sig'));
    },
    exit: 5,
    says: /not a regular file/,
  },
  {
    row: 58,
    title: 'a FIFO as the attestations beside the folder, all the evidence there is',
    build: (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      fifo(`${scene.model}.attestations.jsonl`);
    },
    exit: 5,
    says: /not a regular file/,
  },
  {
    row: 58,
    title: 'a socket',
    build: async (scene) => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(path.join(scene.dir, 's'), resolve));
      renameSync(path.join(scene.dir, 's'), scene.in('socket'));
      await new Promise((resolve) => server.close(resolve));
    },
    exit: 5,
    says: /socket.*not a regular file/,
  },
  {
    row: 58,
    title: 'a folder as --signature',
    build: (scene) => ['--key', TRAINER, '--signature', scene.dir],
    exit: 5,
  },
  { row: 58, title: 'a folder as --key', build: (scene) => ['--key', scene.dir], exit: 2, error: 'USAGE' },
  {
    row: 58,
    title: 'a folder in place of a listed file',
    build: (scene) => {
      scene.remove('config.json');
      mkdirSync(scene.in('config.json'));
    },
    exit: 1,
    says: /config\.json.*missing/,
  },
];

const latin1 = (scene: Scene, name: string): void =>
  writeFileSync(Buffer.from(`${scene.model}/${name}`, 'latin1'), 'x');

const encodings: AttackCase[] = [
  ...both(
    60,
    'a name that is not UTF-8',
    (scene) => latin1(scene, 'caf\xe9'),
    { exit: 4, says: /caf\\+xe9/ },
    'PATH_INVALID',
  ),
  ...both(
    60,
    'two names that decode to the same text',
    (scene) => {
      latin1(scene, 'caf\xe9');
      latin1(scene, 'caf\xe8');
    },
    { exit: 4, says: /caf\\+xe8/ },
    'PATH_INVALID',
  ),
  {
    row: 60,
    title: 'a name that is the replacement character itself',
    build: async (scene) => {
      scene.write('caf\ufffd', 'x');
      await scene.attestAnew();
    },
    exit: 0,
  },
];

const limits: AttackCase[] = [
  {
    row: 62,
    title: '64 GB of nothing, and a bound on what may be read',
    build: async (scene) => {
      scene.write('weights.bin', 'x');
      await scene.attestAnew();
      truncateSync(scene.in('weights.bin'), 64e9);
      return ['--key', TRAINER, '--max-bytes', '1GiB'];
    },
    exit: 3,
    outcome: 'unknown',
    says: /more than --max-bytes/,
  },
  {
    row: 62,
    title: 'a path of a thousand folders',
    build: async (scene) => {
      scene.write(`${'d/'.repeat(1000)}f`, 'x');
      await scene.attestAnew();
    },
    exit: 0,
  },
  {
    row: 62,
    title: 'a name of 255 bytes',
    build: async (scene) => {
      scene.write('é'.repeat(127), 'x');
      await scene.attestAnew();
    },
    exit: 0,
  },
];

const unreadable: AttackCase[] =
  process.getuid?.() === 0
    ? []
    : [
        {
          row: 61,
          title: 'a file that may not be read',
          build: (scene) => chmodSync(scene.in('config.json'), 0),
          exit: 5,
          says: /config\.json/,
        },
      ];

describeAttacks('the file system', [...names, ...hardLinks, ...special, ...encodings, ...unreadable, ...limits]);
