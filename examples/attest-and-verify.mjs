// Attests a model with a fresh key and verifies it, as a program of your own would.
//
//   node examples/attest-and-verify.mjs MODEL
//
// MODEL is a folder or a file; it is copied to a temporary folder first, because attesting writes beside the model.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ATTEST_DEFAULTS,
  attestModel,
  escapeText,
  generateKey,
  isStemmaError,
  loadSigner,
  VERIFY_DEFAULTS,
  verifyModel,
} from 'stemma';

const [given] = process.argv.slice(2);
if (given === undefined) {
  console.error('usage: node examples/attest-and-verify.mjs MODEL');
  process.exit(2);
}

const folder = await mkdtemp(path.join(tmpdir(), 'stemma-example-'));
try {
  const model = path.join(folder, path.basename(path.resolve(given)));
  await cp(given, model, { recursive: true });

  // In earnest, the private key comes from a file or a secret store, and with a passphrase.
  const { privatePem, publicKey } = await generateKey('ecdsa-p256', undefined);
  const signer = await loadSigner(new TextEncoder().encode(privatePem), undefined);
  const attested = await attestModel({ ...ATTEST_DEFAULTS, model, signer, parameters: { lr: '0.01' } });
  console.log(`attested ${attested.files} files, ${attested.bytes} bytes`);

  const report = await verifyModel({
    ...VERIFY_DEFAULTS,
    model,
    trust: [{ kind: 'key', label: 'our key', key: publicKey }],
    at: new Date(),
    version: '1.0.0',
  });
  // The verdict may quote file names, which the model's author chose.
  console.log(escapeText(report.verdict));
  for (const check of report.checks) console.log(`${check.outcome.padEnd(8)} ${check.id}`);
  process.exitCode = report.result === 'pass' ? 0 : 1;
} catch (error) {
  if (!isStemmaError(error)) throw error;
  console.error(`${error.code}: ${escapeText(error.message)}`);
  process.exitCode = 2;
} finally {
  await rm(folder, { recursive: true, force: true });
}
