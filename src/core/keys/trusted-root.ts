import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { decodeBase64, type JsonObject, type JsonValue, parseJson } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const PUBLIC_GOOD = 'https://tuf-repo-cdn.sigstore.dev';

/**
 * Sigstore's trusted root, without network: the user's file (a bare trusted root, or the `trustedRoot` of a
 * ClientTrustConfig, as `model_signing --trust-config` takes it), else the one that `@sigstore/tuf` ships.
 *
 * @throws StemmaError TRUSTED_ROOT_INVALID, TOO_LARGE
 */
export async function loadTrustedRoot(file: Uint8Array | undefined): Promise<TrustedRoot> {
  const bytes = file ?? (await embeddedTrustedRoot());
  const { TrustedRoot } = await import('@sigstore/protobuf-specs');
  try {
    const json = parseJson(bytes, { maxBytes: MAX_BYTES, what: 'the trusted root' });
    if (!isObject(json)) throw new TypeError('not an object');
    const inner = json['trustedRoot'];
    const root = TrustedRoot.fromJSON(isObject(inner) ? inner : json);
    // fromJSON fills what is absent; a root without these two could never verify anything.
    if (root.certificateAuthorities.length === 0 || root.tlogs.length === 0) throw new TypeError('empty');
    return root;
  } catch (cause) {
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
