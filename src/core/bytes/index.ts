export { base64Encode, decodeBase64, decodeHex, hexEncode } from './encoding.ts';
export { canonicalJson } from './jcs.ts';
export { type JsonLimits, type JsonObject, type JsonValue, parseJson } from './json.ts';
export { comparePathComponents, pathProblem } from './path.ts';
export { compareUtf8, decodeUtf8, encodeUtf8, escapeText, ownText, quote } from './text.ts';
export { bigEndian32, bigEndian64, compareBytes, concatBytes, equalBytes, joinBytes } from './wire.ts';
