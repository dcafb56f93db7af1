import { machineProgram } from '../support/install.mjs';
import { certificateMethod } from './certificate-method.mjs';
import { modelSigning, VERSION } from './client.mjs';
import { oldReleases } from './history.mjs';
import { attestBeside, ignoredPaths, keyMethod } from './key-method.mjs';
import { otherHashes, singleFile } from './variants.mjs';

export const title = `model_signing ${VERSION} verifies what we sign, and we verify what it signs`;

export function run(t) {
  machineProgram('openssl', ['version']);
  const client = modelSigning();
  t.equal(client.version(), `model_signing, version ${VERSION}`, `model_signing is ${VERSION}`);
  for (const curve of ['P-256', 'P-384', 'P-521']) keyMethod(t, client, curve);
  attestBeside(t, client);
  ignoredPaths(t, client);
  for (const curve of ['P-256', 'P-384', 'P-521']) certificateMethod(t, client, curve);
  singleFile(t, client);
  otherHashes(t, client);
  oldReleases(t);
}
