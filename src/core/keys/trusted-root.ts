import type { TrustMaterial } from '@sigstore/verify';
import { decodeBase64, type JsonObject, type JsonValue, parseJson } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const PUBLIC_GOOD = 'https://tuf-repo-cdn.sigstore.dev';

/**
 * Sigstore's trust material, without network: from the user's file (a bare trusted root, or the `trustedRoot` of a
 * ClientTrustConfig, as `model_signing --trust-config` takes it), else from the root that `@sigstore/tuf` ships.
 *
 * @throws StemmaError TRUSTED_ROOT_INVALID, TOO_LARGE
 */
export async function loadTrustMaterial(file: Uint8Array | undefined): Promise<TrustMaterial> {
  const bytes = file ?? (await embeddedTrustedRoot());
  const [{ TrustedRoot }, { toTrustMaterial }] = await Promise.all([
    import('@sigstore/protobuf-specs'),
    import('@sigstore/verify'),
  ]);
  try {
    const json = parseJson(bytes, { maxBytes: MAX_BYTES, what: 'the trusted root' });
    if (!isObject(json)) throw new TypeError('not an object');
    const inner = json['trustedRoot'];
    const material = toTrustMaterial(TrustedRoot.fromJSON(isObject(inner) ? inner : json));
    // fromJSON fills what is absent; a root without these two could never verify anything.
    if (material.certificateAuthorities.length === 0 || material.tlogs.length === 0) throw new TypeError('empty');
    return material;
  } catch (cause) {
    if (isStemmaError(cause) && cause.code === 'TOO_LARGE') throw cause;
    throw new StemmaError('TRUSTED_ROOT_INVALID', 'expected a Sigstore trusted root or ClientTrustConfig in JSON', {
      cause,
    });
  }
}

async function embeddedTrustedRoot(): Promise<Uint8Array> {
  const { default: seeds } = await import('@sigstore/tuf/seeds.json', { with: { type: 'json' } });
  return decodeBase64(seeds[PUBLIC_GOOD].targets['trusted_root.json']);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
