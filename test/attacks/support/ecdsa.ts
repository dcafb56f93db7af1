import { concatBytes } from '../../../src/core/bytes/index.ts';

/** FIPS 186-5 §D.1.2.3 (as SP 800-186): the order of P-256. */
export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** RFC 8032 §5.1: L. */
export const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const bigEndian = (value: bigint): Buffer => {
  const text = value.toString(16);
  return Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex');
};

/** 32 bytes; higher ones are dropped. */
export function littleEndian(value: bigint): Uint8Array {
  return Buffer.from((value % 2n ** 256n).toString(16).padStart(64, '0'), 'hex').toReversed();
}

const tlv = (tag: number, content: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(tag, content.length), content);

/** A non-negative DER INTEGER. */
export function derInteger(value: bigint): Uint8Array {
  const bytes = bigEndian(value);
  return tlv(0x02, (bytes[0] ?? 0) >= 0x80 ? concatBytes(Uint8Array.of(0), bytes) : bytes);
}

export function ecdsaSignature(
  r: bigint,
  s: bigint,
  options: { readonly rawR?: Uint8Array; readonly padS?: boolean } = {},
): Uint8Array {
  const first = options.rawR === undefined ? derInteger(r) : tlv(0x02, options.rawR);
  const second = options.padS === true ? tlv(0x02, concatBytes(Uint8Array.of(0, 0), bigEndian(s))) : derInteger(s);
  return tlv(0x30, concatBytes(first, second));
}

/** Reads what `ecdsaSignature` and every honest signer writes. */
export function ecdsaParts(signature: Uint8Array): { readonly r: bigint; readonly s: bigint } {
  const length = signature[3] ?? 0;
  const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return { r: number(signature.subarray(4, 4 + length)), s: number(signature.subarray(6 + length)) };
}
