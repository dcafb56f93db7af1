import { concatBytes, decodeHex, encodeUtf8, hexEncode, pathProblem, quote } from '../bytes/index.ts';
import type { HashFunction } from '../merkle/index.ts';
import { malformed } from './json-fields.ts';
import { omsRoot } from './oms-order.ts';
import { ResourceReader } from './oms-resources.ts';
import type { OmsStatement } from './oms-statement.ts';
import type { Statement } from './statement.ts';

/**
 * What model_signing v0.2.0 signed in place of the PAE: an upper-case V, and Python's `repr()` of the payload. To be tried only
 * for statements of `OMS_LEGACY_PREDICATE_TYPE`, and with SHA-256 whatever the curve (reference: `model-signing` §2.10).
 */
export function legacyPae(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = encodeUtf8(`DSSEV1 ${payloadType.length} ${payloadType} ${payload.length} `);
  return concatBytes(head, pythonBytesRepr(payload));
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x5c, '\\\\'],
]);

/** Python's `repr(bytes)`: double quotes when there are single quotes and no double ones, lower-case hex escapes. */
export function pythonBytesRepr(bytes: Uint8Array): Uint8Array {
  const mark = bytes.includes(0x27) && !bytes.includes(0x22) ? 0x22 : 0x27;
  const spelling = Array.from({ length: 256 }, (_, byte) => encodeUtf8(spell(byte, mark)));
  let length = 3;
  for (const byte of bytes) length += spelling[byte]?.length ?? 0;
  const out = new Uint8Array(length);
  out.set([0x62, mark]);
  let at = 2;
  for (const byte of bytes) {
    const spelled = spelling[byte];
    if (spelled === undefined) continue;
    out.set(spelled, at);
    at += spelled.length;
  }
  out[at] = mark;
  return out;
}

function spell(byte: number, mark: number): string {
  const char = String.fromCharCode(byte);
  if (byte === mark) return `\\${char}`;
  const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x5c;
  return plain ? char : (NAMED.get(byte) ?? `\\x${byte.toString(16).padStart(2, '0')}`);
}

/** model_signing v0.2.0: each subject is a file with its SHA-256; neither the model's name nor what was ignored is recorded. */
export function parseLegacyOms(statement: Statement, sha256: HashFunction): OmsStatement {
  const reader = new ResourceReader(statement.subject.length, 'sha256', 'files');
  for (const [index, { name, digest, annotations }] of statement.subject.entries()) {
    const pointer = `/subject/${index}`;
    const problem = name === undefined ? 'is missing' : pathProblem(name);
    if (name === undefined || problem !== undefined) {
      throw malformed('OMS_INVALID', pointer, `the name ${quote(name ?? '')} ${problem}`);
    }
    const hex = digest['sha256'];
    const actual = annotations?.['actual_hash_algorithm'] ?? 'file-sha256';
    if (hex === undefined || actual !== 'file-sha256') {
      throw malformed('OMS_INVALID', pointer, 'expected the SHA-256 of a whole file, found another digest');
    }
    reader.add(name, decodeHex(hex));
  }
  const resources = reader.end();
  const names = new Set(resources.map(({ name }) => name));
  if (names.size !== resources.length) throw malformed('OMS_INVALID', '/subject', 'a file name is listed twice');
  return {
    subjectName: undefined,
    recordedRoot: hexEncode(omsRoot(sha256, [resources.digests])),
    resources,
    method: 'files',
    allowSymlinks: false,
    ignorePaths: [],
    singleFile: false,
    notes: ['written by model_signing v0.2, which records neither the model name nor the ignored paths'],
  };
}
