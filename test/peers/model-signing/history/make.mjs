/** Made the signatures beside it with three old releases: `node test/peers/model-signing/history/make.mjs`. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { venv } from '../../support/install.mjs';
import { mustRun } from '../../support/process.mjs';
import { opensslKey } from '../../support/stemma.mjs';
import { certificates } from '../certificates.mjs';
import { historicModel } from '../models.mjs';

const HERE = import.meta.dirname;
const CENTURY = 36_500;

const temp = mkdtempSync(path.join(tmpdir(), 'stemma-history-'));
const model = historicModel(temp, 'historic');
const signer = opensslKey(temp, 'signer', 'P-384');
const chain = certificates(temp, 'historic', 'P-384', CENTURY);
cpSync(signer.pub, path.join(HERE, 'signer.pub'));
cpSync(chain.root, path.join(HERE, 'root.pem'));

for (const version of ['0.2.0', '0.3.1', '1.0.1']) {
  const requirements = path.join(temp, `requirements-${version}.txt`);
  const pins = readFileSync(path.join(HERE, 'requirements.txt'), 'utf8');
  writeFileSync(requirements, `${pins}model-signing==${version}\n`);
  const python = path.join(venv(`model_signing-${version}`, requirements), 'python');
  const sign = (method, ...material) => {
    const signature = path.join(HERE, `${version}-${method}.sig`);
    mustRun(python, [path.join(HERE, 'sign.py'), model, signature, ...material]);
  };
  sign('key', signer.key);
  // 0.3.1 cannot sign with a certificate: a misspelt argument of its own stops it.
  if (version !== '0.3.1') sign('certificate', chain.key, chain.leaf, chain.intermediate);
}
rmSync(temp, { recursive: true });
