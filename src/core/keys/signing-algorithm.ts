/** What a key type needs for signing, over raw bytes; verification is elsewhere and needs none of it. */
export interface SigningAlgorithm {
  /** A fresh secret: a scalar in [1, n−1] as long as a coordinate, or a seed. */
  newSecret(): Uint8Array;
  /** The uncompressed point, or the 32-byte Ed25519 point. */
  publicPoint(secret: Uint8Array): Uint8Array;
  sign(message: Uint8Array, secret: Uint8Array): Uint8Array;
}
