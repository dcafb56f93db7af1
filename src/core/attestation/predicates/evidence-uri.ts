/**
 * How a link says where the evidence about a parent is: `ipfs://` and a CIDv1 in lower-case base32 of a dag-pb block under SHA-256 (the
 * bytes 01 70 12 20, then 32 of digest), which is the root of a UnixFS folder. Its 58 characters hold 290 bits, of which the last
 * two are zero. One spelling for one folder: another form of the same CID would be another statement of the same fact.
 */
export const EVIDENCE_URI = /^ipfs:\/\/bafybei[a-h][a-z2-7]{50}[aeimquy4]$/;

export const EVIDENCE_URI_EXPECTED = 'expected ipfs:// and the CID of a folder (CIDv1, dag-pb, sha2-256, base32)';
