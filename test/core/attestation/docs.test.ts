import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildModelStatement,
  buildProvenanceStatement,
  INTOTO_PAYLOAD_TYPE,
  pae,
  parseModelPredicate,
  parseOms,
  parseProvenance,
} from '../../../src/core/attestation/index.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { readStatement, sha256, sha256Hex } from './support.ts';

const page = (name: string): string =>
  readFileSync(path.resolve(import.meta.dirname, '../../../docs/formats', name), 'utf8');

/** The payload of the example on a page: its JSON block without white space. */
function payloadOf(text: string): Uint8Array {
  const [, block] = /```json\n([^`]*)```/.exec(text) ?? [];
  return encodeUtf8(JSON.stringify(JSON.parse(block ?? '')));
}

describe('the examples in docs/formats', () => {
  it('model-statement.md has the bytes that it says and that we write', () => {
    const text = page('model-statement.md');
    const payload = payloadOf(text);
    expect(text).toContain(`${payload.length} bytes, SHA-256\n\`${sha256Hex(payload)}\``);
    expect(text).toContain(sha256Hex(pae(INTOTO_PAYLOAD_TYPE, payload)));
    const statement = readStatement(payload);
    const predicate = parseModelPredicate(statement);
    const digest = statement.subject[0]?.digest ?? {};
    expect(decodeUtf8(buildModelStatement({ name: 'tiny', digest, predicate }))).toBe(decodeUtf8(payload));
  });

  it('oms.md has the bytes that it says, and a root that recomputes', () => {
    const text = page('oms.md');
    const payload = payloadOf(text);
    expect(text).toContain(`${payload.length} bytes, SHA-256 \`${sha256Hex(payload)}\``);
    expect(parseOms(readStatement(payload), sha256).notes).toEqual([]);
  });

  it('provenance.md is what we write', () => {
    const payload = payloadOf(page('provenance.md'));
    const statement = readStatement(payload);
    const digest = statement.subject[0]?.digest ?? {};
    const rebuilt = buildProvenanceStatement({ ...parseProvenance(statement), name: 'tiny', digest });
    expect(decodeUtf8(rebuilt)).toBe(decodeUtf8(payload));
  });
});
