export { parseCertificates } from './certificate.ts';
export {
  type CertificateVerdict,
  verifyCertificatePath,
} from './certificate-path.ts';
export { looksLikeP1363 } from './ecdsa-signature.ts';
export { type GeneratedKey, generateKey } from './generate.ts';
export { loadSigner, type PassphraseSource, readPublicKey } from './key-file.ts';
export type { KeyType, SignatureHash } from './key-types.ts';
export { type KeylessVerdict, verifyKeyless } from './keyless.ts';
export { type PublicKey, parsePublicKey, parseSpki } from './public-key.ts';
export { KEY_TYPES, type Signer } from './signer.ts';
export { signingChain } from './signing-chain.ts';
export type { VerifySignature } from './verify.ts';
export { verifySignature, verifySignatureAside } from './verify-node.ts';
