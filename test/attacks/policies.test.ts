import { readFileSync } from 'node:fs';
import path from 'node:path';
import { signModel } from '../../src/core/attest/index.ts';
import { base64Encode } from '../../src/core/bytes/index.ts';
import { loadSigner, parseCertificates } from '../../src/core/keys/index.ts';
import { type Draft, MODEL, makeCertificate, PROVENANCE, requirement } from '../support/policies.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { setOf } from './support/family.ts';
import { keyFile, STRANGER, stranger, TRAINER, trainer } from './support/keys.ts';
import { draft, inline, policyArguments } from './support/policy.ts';
import { attest, MODEL_LINE, type Scene, SIDE_FILES, signOms } from './support/scene.ts';
import { bareEnvelope } from './support/signed.ts';

/** A public key of ML-DSA-44, as SPKI has it (RFC 9881): 1,312 bytes under an algorithm that is not known here. */
function postQuantum(): string {
  const key = Buffer.alloc(1312, 7);
  const algorithm = Buffer.from('300b0609608648016503040311', 'hex');
  const bits = Buffer.concat([Buffer.from('03820521', 'hex'), Buffer.from([0]), key]);
  const body = Buffer.concat([algorithm, bits]);
  const spki = Buffer.concat([Buffer.from('3082', 'hex'), Buffer.from([body.length >> 8, body.length & 255]), body]);
  const lines = spki.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
}

/** Two keys of two algorithms, each of which has to sign. */
const hybrid = (): Draft =>
  draft({
    requirements: [requirement('weights', MODEL, [], { signers: { anyOf: ['trainer', 'stranger'], threshold: 2 } })],
  });

const signers: AttackCase[] = [
  {
    row: 25,
    title: 'a hybrid policy, and the signature of the second algorithm is missing',
    build: (scene) => policyArguments(scene, hybrid()),
    exit: 3,
    check: 'policy.weights',
    says: /1 distinct signer of 2/,
  },
  {
    row: 25,
    title: 'a hybrid policy, and the second signature is of an algorithm that is not known',
    build: async (scene) => {
      const text = await bareEnvelope(scene.line(MODEL_LINE), [{ signer: trainer }]);
      const envelope: { signatures: { sig: string; keyid: string }[] } = JSON.parse(text);
      envelope.signatures.push({ sig: base64Encode(new Uint8Array(2420).fill(9)), keyid: 'ml-dsa-44' });
      scene.onlyLines(JSON.stringify(envelope));
      return policyArguments(scene, hybrid());
    },
    exit: 3,
    check: 'policy.weights',
    says: /1 distinct signer of 2/,
  },
  {
    row: 25,
    title: 'a hybrid policy, and both have signed',
    build: async (scene) => {
      await attest(scene.model, { signer: stranger });
      return policyArguments(scene, hybrid());
    },
    exit: 0,
    check: 'policy.weights',
  },
  {
    row: 25,
    title: 'a policy that names a key of an algorithm that is not known',
    build: (scene) =>
      policyArguments(scene, draft({ trust: { keys: { trainer: inline('p256'), pq: { publicKey: postQuantum() } } } })),
    exit: 2,
    error: 'POLICY_INVALID',
    says: /key/,
  },
  {
    row: 29,
    title: 'a certificate that has expired',
    build: async (scene) => {
      scene.remove(...SIDE_FILES);
      await signOms(scene.model, { signer: 'leaf', chain: ['leaf-expired.pem', 'intermediate.pem'] });
      return ['--cert-chain', keyFile('root.pem'), '--time', '2026-11-24'];
    },
    exit: 3,
  },
  {
    row: 29,
    title: 'a certificate that a policy names, in its time',
    build: byCertificate,
    exit: 0,
    check: 'policy.weights',
  },
  {
    row: 29,
    title: 'the same when it has expired',
    build: async (scene) => [...(await byCertificate(scene)), '--time', '2050-01-01'],
    exit: 3,
    check: 'policy.weights',
    says: /expired|was valid|not valid/,
  },
  {
    row: 29,
    title: 'a key that the policy denies',
    build: (scene) => policyArguments(scene, draft({ revoked: denied(trainer.publicKey.fingerprint) })),
    exit: 1,
    check: 'policy.weights',
    says: /which the policy has revoked/,
  },
  {
    row: 29,
    title: 'a key that the policy denies, and --key trusts',
    build: (scene) => [
      ...policyArguments(
        scene,
        draft({
          requirements: [requirement('weights', MODEL, ['stranger'])],
          revoked: denied(trainer.publicKey.fingerprint),
        }),
      ),
      '--key',
      TRAINER,
    ],
    exit: 1,
    check: 'policy.revoked',
  },
  {
    row: 29,
    title: 'a denied key beside one that is not',
    build: async (scene) => {
      await attest(scene.model, { signer: stranger });
      const requirements = [requirement('weights', MODEL, ['trainer', 'stranger'])];
      const policy = draft({ requirements, revoked: denied(trainer.publicKey.fingerprint) });
      return [...policyArguments(scene, policy), '--key', STRANGER];
    },
    exit: 0,
    check: 'policy.weights',
  },
  {
    row: 29,
    title: 'a model that the policy denies, whoever signed it',
    build: (scene) =>
      policyArguments(
        scene,
        draft({ revoked: { digests: [{ digest: setOf(scene.line(MODEL_LINE)), reason: 'withdrawn' }] } }),
      ),
    exit: 1,
    check: 'policy.revoked',
    says: /withdrawn/,
  },
];

/** Signed under a certificate of ten years, which a policy names; it ends long before the policy does. */
async function byCertificate(scene: Scene): Promise<string[]> {
  makeCertificate(scene.dir, 'URI:https://ci.example/train');
  const read = (name: string): Buffer => readFileSync(path.join(scene.dir, name));
  scene.remove(...SIDE_FILES);
  await signModel({
    model: scene.model,
    signer: await loadSigner(read('leaf.key'), undefined),
    certificates: parseCertificates(read('leaf.pem')),
    ignore: [],
    allowSymlinks: false,
    force: false,
  });
  const trust = { identities: { ci: { subject: 'https://ci.example/train', anchors: read('ca.pem').toString() } } };
  const requirements = [requirement('weights', 'https://model_signing/signature/v1.0', ['ci'])];
  return policyArguments(scene, draft({ trust, requirements }));
}

const denied = (fingerprint: string): Draft => ({ keys: [{ fingerprint, reason: 'stolen' }] });

const waived = (scene: Scene, more: Draft): Draft =>
  draft({
    requirements: [requirement('weights', MODEL, ['trainer']), requirement('made', PROVENANCE, ['stranger'])],
    waivers: [
      {
        requirement: 'made',
        subject: { stemmaFileTreeV1: setOf(scene.line(MODEL_LINE))['stemmaFileTreeV1'] },
        effectiveUntil: '2026-12-01T00:00:00Z',
        reason: 'pilot',
        ...more,
      },
    ],
  });

const refused = (title: string, policy: Draft | string, says: RegExp, args: readonly string[] = []): AttackCase => ({
  row: '13.4 policy',
  title,
  build: (scene) => [...policyArguments(scene, policy), ...args],
  exit: 2,
  error: args.includes('--policy-key') ? 'POLICY_UNTRUSTED' : 'POLICY_INVALID',
  says,
});

const policies: AttackCase[] = [
  {
    row: '13.4 policy',
    title: 'expired',
    build: (scene) => policyArguments(scene, draft({ expires: '2026-01-01T00:00:00Z' })),
    exit: 3,
    check: 'policy.expires',
  },
  refused('empty', '', /expected/),
  refused('empty of requirements', draft({ requirements: [] }), /requirements|expected/),
  refused('vacuous', draft({ requirements: [requirement('made', PROVENANCE, ['trainer'])] }), /vacuous/),
  refused('unknown field', draft({ requirement: [] }), /requirement/),
  refused('unsigned where a signature is required', draft(), /not signed/, ['--policy-key', TRAINER]),
  refused(
    'unknown signer name',
    draft({ requirements: [requirement('weights', MODEL, ['nobody'])] }),
    /expected a name of trust, found "nobody"/,
  ),
  refused('threshold 0', draft({ requirements: [threshold(0)] }), /expected|Too small|>=1/),
  refused('threshold above the keys', draft({ requirements: [threshold(2)] }), /expected a threshold of at most 1/),
  {
    row: '13.4 policy',
    title: 'waiver in force',
    build: (scene) => [...policyArguments(scene, waived(scene, {})), '--time', '2026-11-24'],
    exit: 0,
    check: 'policy.made',
    says: /waived until/,
  },
  {
    row: '13.4 policy',
    title: 'waiver out of date',
    build: (scene) => [...policyArguments(scene, waived(scene, {})), '--time', '2026-12-02'],
    exit: 3,
    check: 'policy.made',
  },
  {
    row: '13.4 policy',
    title: 'waiver for another digest',
    build: (scene) => [
      ...policyArguments(scene, waived(scene, { subject: { stemmaFileTreeV1: '0'.repeat(64) } })),
      '--time',
      '2026-11-24',
    ],
    exit: 3,
    check: 'policy.made',
  },
];

function threshold(n: number): Draft {
  return requirement('weights', MODEL, [], { signers: { anyOf: ['trainer'], threshold: n } });
}

describeAttacks('policies', [...signers, ...policies]);
