import { readFileSync } from 'node:fs';
import path from 'node:path';
import { generateKey, KEY_TYPES, loadSigner } from '../../src/core/keys/index.ts';
import { signerContract } from './signer.contract.ts';

const KEYS = path.resolve(import.meta.dirname, '../../fixtures/keys');

for (const type of KEY_TYPES) {
  const file = `${type.replace('ecdsa-', '')}.key`;
  signerContract({
    name: `a key file of type ${type}`,
    signer: () => loadSigner(readFileSync(path.join(KEYS, file)), undefined),
    stranger: async () => loadSigner(Buffer.from((await generateKey(type, undefined)).privatePem), undefined),
    isDeterministic: true,
  });
}

signerContract({
  name: 'an encrypted key file',
  signer: () => loadSigner(readFileSync(path.join(KEYS, 'p256-encrypted.key')), 'correct horse'),
  stranger: async () => loadSigner(readFileSync(path.join(KEYS, 'leaf.key')), undefined),
  isDeterministic: true,
});
