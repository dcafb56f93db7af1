import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  APPROVAL_PREDICATE_TYPE,
  type ApprovalInput,
  buildApprovalStatement,
  parseApproval,
} from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import {
  codeOf,
  type Place,
  pointerOf,
  predicateOf,
  readJsonObject,
  readStatement,
  sha256Hex,
  statementOf,
  withMember,
} from '../support.ts';

const DIGEST = sha256Hex('model');
const INPUT: ApprovalInput = {
  name: 'digits',
  digest: { sha256: DIGEST },
  ignored: ['logs'],
  opaque: ['odd.gguf'],
  role: 'reviewer',
  comment: 'read',
  approvedOn: '2026-11-23T12:00:00.000Z',
};

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  readJsonObject(import.meta.dirname, '../../../../schemas/v1/approval-predicate.schema.json'),
);

describe('buildApprovalStatement', () => {
  it('writes exactly these bytes, which the schema accepts', () => {
    const payload = buildApprovalStatement(INPUT);

    expect(decodeUtf8(payload)).toBe(
      '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"digits","digest":' +
        `{"sha256":"${DIGEST}"},"annotations":{"ignored":["logs"],"opaque":["odd.gguf"]}}],` +
        `"predicateType":"${APPROVAL_PREDICATE_TYPE}",` +
        '"predicate":{"role":"reviewer","comment":"read","approvedOn":"2026-11-23T12:00:00.000Z"}}',
    );
    expect(validate(predicateOf(payload))).toBe(true);
  });

  it('leaves out what is not said', () => {
    const payload = buildApprovalStatement({
      ...INPUT,
      ignored: [],
      opaque: [],
      comment: undefined,
      approvedOn: undefined,
    });

    expect(decodeUtf8(payload)).toMatch(/"digest":\{[^}]*\}\}\],.*"predicate":\{"role":"reviewer"\}\}$/);
  });

  it('is read back as it was meant', () => {
    const { name: _, digest: __, ...approval } = INPUT;

    expect(parseApproval(readStatement(buildApprovalStatement(INPUT)))).toEqual(approval);
  });

  it.each<[string, Partial<ApprovalInput>]>([
    ['a role in capitals', { role: 'Reviewer' }],
    ['an empty role', { role: '' }],
    ['a role with a line feed', { role: 'a\nb' }],
    ['a role of 65 characters', { role: 'a'.repeat(65) }],
    ['an empty comment', { comment: '' }],
    ['a comment that is a document', { comment: 'a'.repeat(4097) }],
    ['a time without a zone', { approvedOn: '2026-11-23T12:00:00' }],
    ['an ignored path outside', { ignored: ['../x'] }],
  ])('refuses %s', (_, change) => {
    expect(codeOf(() => buildApprovalStatement({ ...INPUT, ...change }))).toBe('PREDICATE_INVALID');
  });

  it('refuses a digest that is none', () => {
    expect(codeOf(() => buildApprovalStatement({ ...INPUT, digest: {} }))).toBe('DIGEST_SET_INVALID');
  });
});

describe('parseApproval', () => {
  const STATEMENT: unknown = JSON.parse(decodeUtf8(buildApprovalStatement(INPUT)));
  const read = (place: Place, value: unknown) => () => parseApproval(statementOf(withMember(STATEMENT, place, value)));

  it.each<[string, Place, unknown]>([
    ['another predicate type', ['predicateType'], 'https://w3id.org/stemma/approval/v2'],
    ['no predicate', ['predicate'], undefined],
    ['no role', ['predicate', 'role'], undefined],
    ['a role that is a list', ['predicate', 'role'], ['reviewer']],
    ['a role with a space', ['predicate', 'role'], 'release manager'],
    ['a condition that we do not know', ['predicate', 'unless'], 'revoked'],
    ['a comment that is no text', ['predicate', 'comment'], 1],
    ['a date without a time', ['predicate', 'approvedOn'], '2026-11-23'],
    ['annotations that are wrong', ['subject', 0, 'annotations', 'ignored'], ['b', 'a']],
    ['a second subject', ['subject', 1], { name: 'x', digest: { sha256: DIGEST } }],
  ])('refuses %s', (_, place, value) => {
    expect(codeOf(read(place, value))).toBe('PREDICATE_INVALID');
  });

  it('says where it is wrong', () => {
    expect(pointerOf(read(['predicate', 'comment'], 7))).toBe('/predicate/comment');
  });
});

describe('docs/formats/approval.md', () => {
  it('has the bytes that it says and that we write', () => {
    const text = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/formats/approval.md'), 'utf8');
    const [, block = ''] = /```json\n([^`]*)```/.exec(text) ?? [];
    const payload = JSON.stringify(JSON.parse(block));
    const statement = statementOf(payload);
    const { name = '', digest } = statement.subject[0] ?? { digest: {} };

    expect(text).toContain(`${payload.length} bytes, SHA-256\n\`${sha256Hex(payload)}\``);
    expect(decodeUtf8(buildApprovalStatement({ ...parseApproval(statement), name, digest }))).toBe(payload);
  });
});
