import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from '../support/process.mjs';
import { opensslKey } from '../support/stemma.mjs';

const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
const SIGNER = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=codeSigning',
];

/** A root, an intermediate under it and a code-signing leaf under that, by openssl. */
export function certificates(temp, name, curve, days = 30) {
  const root = selfSigned(temp, `${name}-root`, days);
  const intermediate = issue(temp, `${name}-intermediate`, 'P-384', AUTHORITY, root, days);
  const leaf = issue(temp, `${name}-leaf`, curve, SIGNER, intermediate, days);
  return { key: leaf.key, leaf: leaf.certificate, intermediate: intermediate.certificate, root: root.certificate };
}

function selfSigned(temp, name, days) {
  const { key } = opensslKey(temp, name, 'P-384');
  const certificate = path.join(temp, `${name}.pem`);
  const extensions = AUTHORITY.flatMap((extension) => ['-addext', extension]);
  const subject = ['-subj', `/CN=${name}`, '-days', String(days), ...extensions];
  mustRun('openssl', ['req', '-new', '-x509', '-key', key, ...subject, '-out', certificate]);
  return { key, certificate };
}

function issue(temp, name, curve, extensions, issuer, days) {
  const { key } = opensslKey(temp, name, curve);
  const request = path.join(temp, `${name}.csr`);
  const certificate = path.join(temp, `${name}.pem`);
  const file = path.join(temp, `${name}.ext`);
  writeFileSync(file, [...extensions, 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid'].join('\n'));
  mustRun('openssl', ['req', '-new', '-key', key, '-subj', `/CN=${name}`, '-out', request]);
  const by = ['-CA', issuer.certificate, '-CAkey', issuer.key, '-CAcreateserial'];
  mustRun('openssl', [
    'x509',
    '-req',
    '-in',
    request,
    ...by,
    '-days',
    String(days),
    '-extfile',
    file,
    '-out',
    certificate,
  ]);
  return { key, certificate };
}
