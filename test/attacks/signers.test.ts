import { type AttackCase, describeAttacks } from './support/cases.ts';
import { keyFile, STRANGER, stranger, TRAINER, trainer } from './support/keys.ts';
import { attest, MODEL_LINE, type Scene } from './support/scene.ts';
import { bareEnvelope, signatureOf, withSignature } from './support/signed.ts';

const two = ['--threshold', '2'] as const;

const threshold: AttackCase[] = [
  {
    row: 23,
    title: 'one key that signed two statements',
    build: () => ['--key', TRAINER, '--key', STRANGER, ...two],
    exit: 3,
    says: /1 distinct signer of 2/,
  },
  { row: 23, title: 'one key given twice', build: () => ['--key', TRAINER, '--key', TRAINER, ...two], exit: 3 },
  {
    row: 23,
    title: 'one key given as its public and its private half',
    build: () => ['--key', TRAINER, '--key', keyFile('p256.key'), ...two],
    exit: 3,
  },
  {
    row: 23,
    title: 'one key under two key ids of one envelope',
    build: async (scene) => {
      const line = await bareEnvelope(scene.line(MODEL_LINE), [
        { signer: trainer, keyid: 'a' },
        { signer: trainer, keyid: stranger.publicKey.hint },
      ]);
      scene.onlyLines(line);
      return ['--key', TRAINER, '--key', STRANGER, ...two];
    },
    exit: 3,
  },
  {
    row: 23,
    title: 'complementary ignores',
    build: async (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      await attest(scene.model, { ignore: ['config.json'], modelSig: false, manifest: false });
      await attest(scene.model, { signer: stranger, ignore: ['README.md'], modelSig: false, manifest: false });
      return ['--key', TRAINER, '--key', STRANGER, ...two];
    },
    exit: 3,
    says: /(?:README\.md|config\.json)\\" is not/,
  },
  {
    row: 23,
    title: 'two signers',
    build: async (scene) => {
      await attest(scene.model, { signer: stranger });
      return ['--key', TRAINER, '--key', STRANGER, ...two];
    },
    exit: 0,
  },
];

const oneBad = async (scene: Scene): Promise<void> => {
  const signatures = [{ signer: trainer }, { signer: stranger, spoil: true }];
  scene.onlyLines(await bareEnvelope(scene.line(MODEL_LINE), signatures));
};

const badBesideGood: AttackCase[] = [
  {
    row: 24,
    title: 'one good and one bad signature in an envelope',
    build: async (scene) => {
      await oneBad(scene);
      return ['--key', TRAINER, '--key', STRANGER];
    },
    exit: 0,
    says: /names p384\.pub, but it does not verify/,
  },
  {
    row: 24,
    title: 'the same under --require-all',
    build: async (scene) => {
      await oneBad(scene);
      return ['--key', TRAINER, '--key', STRANGER, '--require-all'];
    },
    exit: 1,
    check: 'authenticate.signature',
  },
  {
    row: 24,
    title: 'a bad line beside good ones',
    build: (scene) => {
      scene.lines = [...scene.lines, withSignature(scene.line(MODEL_LINE), signatureOf(scene.line(1)))];
    },
    exit: 0,
    check: 'authenticate.signature',
    outcome: 'fail',
  },
  {
    row: 24,
    title: 'the same under --require-all',
    build: (scene) => {
      scene.lines = [...scene.lines, withSignature(scene.line(MODEL_LINE), signatureOf(scene.line(1)))];
      return ['--key', TRAINER, '--require-all'];
    },
    exit: 1,
    check: 'authenticate.signature',
  },
];

describeAttacks('several signers', [...threshold, ...badBesideGood]);
