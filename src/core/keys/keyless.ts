import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { loadTrustMaterial } from './trusted-root.ts';

export interface KeylessVerdict {
  readonly outcome: 'pass' | 'fail';
  readonly message: string;
  /** What the certificate names, once the signature and the log entry hold; untrusted text. Also on a wrong identity. */
  readonly identity?: string;
  readonly issuer?: string;
  /** When the transparency log saw the signature, where the log has promised it. */
  readonly integratedTime?: Date;
}

/**
 * Verifies a Sigstore keyless DSSE bundle without network: certificate chain, SCT, log inclusion, timestamp and signature
 * by `@sigstore/verify`, then the identity and issuer here, byte for byte. (The library would take the identity as an
 * unanchored regular expression.)
 *
 * @param options.bundleJson the bundle, parsed by the strict parser
 * @param options.trustedRoot a trusted root or ClientTrustConfig as JSON; undefined for the one embedded in `@sigstore/tuf`
 * @throws StemmaError BUNDLE_INVALID when the bundle is malformed or not keyless, TRUSTED_ROOT_INVALID,
 * BACKEND_UNAVAILABLE when the Sigstore packages are not installed
 */
export async function verifyKeyless(options: {
  readonly bundleJson: unknown;
  readonly identity: string;
  readonly issuer: string;
  readonly trustedRoot: Uint8Array | undefined;
}): Promise<KeylessVerdict> {
  const { bundleFromJSON, verify } = await loadLibrary();
  const trusted = await loadTrustMaterial(options.trustedRoot);
  const bundle = parse(() => bundleFromJSON(options.bundleJson));
  if (bundle.verificationMaterial.content.$case === 'publicKey' || bundle.content.$case !== 'dsseEnvelope') {
    // With a key in place of a certificate the library would not look at any identity.
    throw new StemmaError('BUNDLE_INVALID', 'expected a keyless bundle: a certificate and a DSSE envelope');
  }
  const entity = parse(() => verify.toSignedEntity(bundle));
  let signer: ReturnType<InstanceType<typeof verify.Verifier>['verify']>;
  try {
    signer = new verify.Verifier(trusted).verify(entity);
  } catch (error) {
    if (!(error instanceof verify.VerificationError)) throw malformed(error);
    return { outcome: 'fail', message: `the keyless signature does not hold: ${error.message}` };
  }
  const identity = signer.identity?.subjectAlternativeName ?? '';
  const issuer = signer.identity?.extensions?.issuer ?? '';
  const isExpected = identity !== '' && issuer !== '' && identity === options.identity && issuer === options.issuer;
  const promised = bundle.verificationMaterial.tlogEntries.find((entry) => entry.inclusionPromise !== undefined);
  return {
    outcome: isExpected ? 'pass' : 'fail',
    message: `signed by ${quote(identity)}, as ${quote(issuer)} says${isExpected ? '' : ', not by the expected identity'}`,
    identity,
    issuer,
    ...(promised === undefined ? {} : { integratedTime: new Date(Number(promised.integratedTime) * 1000) }),
  };
}

async function loadLibrary(): Promise<{
  bundleFromJSON: typeof import('@sigstore/bundle').bundleFromJSON;
  verify: typeof import('@sigstore/verify');
}> {
  try {
    const [{ bundleFromJSON }, verify] = await Promise.all([import('@sigstore/bundle'), import('@sigstore/verify')]);
    return { bundleFromJSON, verify };
  } catch (cause) {
    throw new StemmaError('BACKEND_UNAVAILABLE', 'the Sigstore packages cannot be loaded', {
      hint: 'npm install @sigstore/bundle @sigstore/verify @sigstore/tuf',
      cause,
    });
  }
}

function parse<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw malformed(error);
  }
}

/** The library throws bare errors from its ASN.1 and JSON readers where the bytes are hostile. */
function malformed(cause: unknown): StemmaError {
  return new StemmaError('BUNDLE_INVALID', 'the keyless bundle cannot be decoded', { cause });
}
