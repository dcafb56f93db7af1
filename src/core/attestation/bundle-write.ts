import { base64Encode } from '../bytes/index.ts';
import { BUNDLE_MEDIA_TYPE } from './bundle.ts';
import { INTOTO_PAYLOAD_TYPE } from './dsse.ts';

interface SignedPayload {
  /** The statement's bytes, as they were signed. */
  readonly payload: Uint8Array;
  /** ASN.1 DER for ECDSA, raw for Ed25519, over `pae(INTOTO_PAYLOAD_TYPE, payload)`. */
  readonly signature: Uint8Array;
}

export type BundleContent =
  /** `hint`: lower-case hex SHA-256 of the SPKI PEM text (OMS v1.0 §4.1). */
  | (SignedPayload & { readonly hint: string })
  /** DER, leaf first, without the root (protobuf-specs: a signer must not include it). */
  | (SignedPayload & { readonly certificates: readonly Uint8Array[] });

/**
 * A Sigstore bundle v0.3 on one line without a final newline, with exactly the members and the order of docs/formats/oms.md:
 * the Python reader of OMS refuses a bundle with any other member.
 */
export function writeBundle(content: BundleContent): string {
  const signer =
    'hint' in content
      ? { publicKey: { hint: content.hint } }
      : {
          x509CertificateChain: { certificates: content.certificates.map((der) => ({ rawBytes: base64Encode(der) })) },
        };
  return JSON.stringify({
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { ...signer, tlogEntries: [] },
    dsseEnvelope: {
      payload: base64Encode(content.payload),
      payloadType: INTOTO_PAYLOAD_TYPE,
      signatures: [{ sig: base64Encode(content.signature), keyid: '' }],
    },
  });
}
