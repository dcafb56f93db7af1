import { describe, expect, it } from 'vitest';
import { MAX_POLICY_BYTES } from '../../../src/core/policy/index.ts';
import { APPROVAL, DATASET, type Draft, EVALUATION, MODEL, PROVENANCE, requirement } from '../../support/policies.ts';
import { bound, draft, keySigner, parse, refusal } from './support.ts';

const YAML = `version: 1
expires: 2027-01-01T00:00:00Z
trust: { keys: { a: { publicKey: a.pub } } }
requirements:
  - { id: weights, predicateType: ${MODEL}, signers: { anyOf: [a] } }
`;

describe('a policy', () => {
  it('is the same in YAML and in JSON', () => {
    expect(parse(YAML, 'yaml')).toEqual(parse(draft()));
  });

  it('has a threshold of one, a trusted time and required parents unless it says otherwise', () => {
    const { requirements, lineage } = parse(draft({ lineage: { maxDepth: 3 } }));

    expect(requirements[0]).toMatchObject({ signers: { threshold: 1 }, time: 'trusted' });
    expect(lineage).toEqual({ maxDepth: 3, unknownParent: 'require' });
  });
});

describe('YAML that is refused', () => {
  const bomb = ['a: &a [x]', ...Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [*a, *a]`)].join('\n');

  it.each([
    ['a bomb of aliases', bomb, /anchor|alias/],
    ['an alias', `${YAML}name: *x\n`, /an alias/],
    ['an anchor', `${YAML}name: &x text\n`, /an anchor/],
    ['a tag', `${YAML}name: !!str text\n`, /a tag/],
    ['a directive', `%YAML 1.1\n---\n${YAML}`, /a directive/],
    ['a merge key', `${YAML}<<: { name: x }\n`, /no member "<<"/],
    ['__proto__', `${YAML}__proto__: { name: x }\n`, /no member "__proto__"/],
    ['a member given twice', `${YAML}version: 1\n`, /given twice/],
    ['two documents', `${YAML}---\n${YAML}`, /several/],
    ['nothing', '', /expected a document/],
    ['a number that is not held exactly', `${YAML}name: 123456789012345678901\n`, /held exactly/],
    ['a key that is no text', `${YAML}? [a]\n: b\n`, /text|string/],
    ['what is no YAML', 'version: [', /not YAML|expected/],
  ])('%s', (_, text, message) => {
    const error = refusal(() => parse(text, 'yaml'));

    expect([error.code, error.message]).toEqual(['POLICY_INVALID', expect.stringMatching(message)]);
  });

  it.each([
    ['deep', '['.repeat(500_000)],
    ['deep and in blocks', '- '.repeat(400_000)],
    ['wide', Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['long', `a: ${'x'.repeat(MAX_POLICY_BYTES)}`],
    ['not UTF-8', '\uD800'],
  ])('that is %s, without long work', (_, text) => {
    const start = performance.now();

    expect(refusal(() => parse(text, 'yaml')).code).toBe('POLICY_INVALID');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('JSON that is refused', () => {
  it.each([
    ['a member given twice', '{"version":1,"version":1}'],
    ['deep', `${'['.repeat(40)}${']'.repeat(40)}`],
    ['YAML', YAML],
  ])('%s', (_, text) => {
    expect(refusal(() => parse(text, 'json')).code).toBe('POLICY_INVALID');
  });
});

const weights = requirement('weights', MODEL, ['a']);
const withMatch = (matcher: Draft): Draft => draft({ requirements: [{ ...weights, match: [matcher] }] });
const withLineage = (lineage: Draft): Draft => draft({ lineage });
const waiver = {
  requirement: 'made',
  subject: { sha256: '0'.repeat(64) },
  effectiveUntil: '2027-01-01T00:00:00Z',
  reason: 'r',
};
const withWaiver = (more: Draft): Draft =>
  draft({ requirements: [weights, requirement('made', PROVENANCE, ['a'])], waivers: [{ ...waiver, ...more }] });

describe('a document that is refused', () => {
  it.each<readonly [string, Draft, RegExp]>([
    ['of another version', draft({ version: 2 }), /version/],
    ['that never expires', draft({ expires: undefined }), /expires/],
    ['that expires on a day which is none', draft({ expires: '2027-02-30T00:00:00Z' }), /expires/],
    ['that expires without an offset', draft({ expires: '2027-01-01T00:00:00' }), /expires/],
    ['without requirements', draft({ requirements: [] }), /requirements/],
    ['with an unknown member', draft({ require: [] }), /require/],
    ['with an unknown member of a requirement', draft({ requirements: [{ ...weights, signer: 'a' }] }), /signer/],
    ['that trusts nobody', draft({ trust: {} }), /somebody to trust/],
    ['that names nobody', draft({ requirements: [requirement('w', MODEL, [])] }), /anyOf/],
    [
      'that names somebody unknown',
      draft({ requirements: [requirement('w', MODEL, ['b'])] }),
      /a name of trust, found "b"/,
    ],
    ['that names __proto__', draft({ requirements: [requirement('w', MODEL, ['__proto__'])] }), /anyOf/],
    [
      'with a threshold of 0',
      draft({ requirements: [{ ...weights, signers: { anyOf: ['a'], threshold: 0 } }] }),
      /threshold/,
    ],
    [
      'with a threshold above its signers',
      draft({ requirements: [{ ...weights, signers: { anyOf: ['a'], threshold: 2 } }] }),
      /at most 1, found 2/,
    ],
    ['that names one signer twice', draft({ requirements: [requirement('w', MODEL, ['a', 'a'])] }), /once/],
    ['with one id twice', draft({ requirements: [weights, weights] }), /given twice/],
    ['with an id of ours', draft({ requirements: [requirement('lineage-parents', MODEL, ['a'])] }), /taken/],
    [
      'with a name that is a key and an identity',
      draft({ trust: { keys: { a: { publicKey: 'a' } }, identities: { a: { subject: 's', issuer: 'i' } } } }),
      /both/,
    ],
    [
      'with an identity without issuer or anchors',
      draft({ trust: { identities: { a: { subject: 's' } } } }),
      /trust\/identities/,
    ],
    [
      'with anchors without a subject',
      draft({ trust: { identities: { a: { anchors: 'ca.pem' } } } }),
      /trust\/identities/,
    ],
  ])('%s', (_, policy, message) => {
    const error = refusal(() => parse(policy));

    expect([error.code, error.message]).toEqual(['POLICY_INVALID', expect.stringMatching(message)]);
  });

  it.each<readonly [string, Draft]>([
    ['no requirement says what the bytes are', draft({ requirements: [requirement('e', EVALUATION, ['a'])] })],
    ['the only one takes other types as well', draft({ requirements: [requirement('e', [MODEL, EVALUATION], ['a'])] })],
    [
      'the only one for a dataset takes other types as well',
      draft({ requirements: [requirement('d', [DATASET, EVALUATION], ['a'])] }),
    ],
    [
      'an ancestor needs only an approval',
      withLineage({ ancestors: [{ requirements: [requirement('x', APPROVAL, ['a'])] }] }),
    ],
    ['an ancestor needs nothing', withLineage({ ancestors: [{ requirements: [] }] })],
    ['a waiver would stand for the identity', withWaiver({ requirement: 'weights' })],
    [
      'names of files need not be bound in the identity',
      draft({ requirements: [{ ...weights, namesNotBound: 'accept' }] }),
    ],
  ])('because it is vacuous: %s', (_, policy) => {
    expect(refusal(() => parse(policy)).code).toBe('POLICY_INVALID');
  });

  it.each<readonly [string, Draft]>([
    ['a path that is none', withMatch({ path: 'a..b', equals: 1 })],
    ['a path without end', withMatch({ path: 'a['.repeat(10), equals: 1 })],
    ['no operator', withMatch({ path: 'a' })],
    ['an operator beside exists: false', withMatch({ path: 'a', exists: false, equals: 1 })],
    ['a regex that does not compile', withMatch({ path: 'a', regex: '(a' })],
    ['a regex with a back reference', withMatch({ path: 'a', regex: '(a)\\1' })],
    ['a regex that is too long', withMatch({ path: 'a', regex: 'a'.repeat(257) })],
    ['a regex that grows', withMatch({ path: 'a', regex: '((((x{100}){100}){100}){10})' })],
    [
      'builderIds of an evaluation',
      draft({ requirements: [weights, requirement('e', EVALUATION, ['a'], { builderIds: ['x'] })] }),
    ],
    [
      'slices of provenance',
      draft({
        requirements: [
          weights,
          requirement('p', PROVENANCE, ['a'], { slices: [{ column: 'c', metric: 'accuracy', maxGap: 0 }] }),
        ],
      }),
    ],
    ['an age that is none', draft({ requirements: [{ ...weights, maxAge: '90' }] })],
    ['a licence that is an expression', withLineage({ licences: { deny: ['MIT OR GPL-3.0-only'] } })],
    ['a relation that is none', withLineage({ allow: { relations: ['copied-from'] } })],
    ['a digest that is too short', withLineage({ denyDigests: [{ digest: { sha256: 'ab' } }] })],
    ['a waiver of nothing', withWaiver({ requirement: 'none' })],
    ['a waiver without a reason', withWaiver({ reason: undefined })],
    ['a waiver without an end', withWaiver({ effectiveUntil: undefined })],
    ['a waiver that ends before it begins', withWaiver({ effectiveFrom: '2027-01-02T00:00:00Z' })],
    ['a flag to forbid that weakens nothing', draft({ forbid: ['json'] })],
  ])('because of %s', (_, policy) => {
    expect(refusal(() => parse(policy)).code).toBe('POLICY_INVALID');
  });
});

describe('the keys of a policy', () => {
  const two = draft({
    trust: { keys: { a: { publicKey: 'a.pub' }, b: { publicKey: 'b.pub' } } },
    requirements: [requirement('weights', MODEL, [], { signers: { anyOf: ['a', 'b'], threshold: 2 } })],
  });

  it('meet a threshold by their number', () => {
    expect(bound(two, { a: keySigner('p256'), b: keySigner('p384') }).signers.size).toBe(2);
  });

  it('count once under two names', () => {
    const error = refusal(() => bound(two, { a: keySigner('p256'), b: keySigner('p256') }));

    expect(error.message).toContain('"a", "b" are 1 distinct signer');
  });

  it('count once in a rule for ancestors and for summaries as well', () => {
    const signers = { anyOf: ['a', 'b'], threshold: 2 };
    const same = { a: keySigner('p256'), b: keySigner('p256') };
    const ancestor = { requirements: [requirement('x', MODEL, [], { signers })] };
    for (const lineage of [{ ancestors: [ancestor] }, { stopAt: [{ vsa: { verifier: 'v', signers } }] }]) {
      const policy = { ...two, requirements: [requirement('weights', MODEL, ['a'])], lineage };
      expect(refusal(() => bound(policy, same)).code).toBe('POLICY_INVALID');
    }
  });

  it('refuse one subject under two roots: whoever holds the one would sign as the other', () => {
    const identities = { a: { subject: 's', anchors: 'a.pem' }, b: { subject: 's', anchors: 'b.pem' } };
    const policy = draft({ trust: { identities } });
    const root = (byte: number) => ({ kind: 'anchors', subject: 's', anchors: [new Uint8Array([byte])] }) as const;

    expect(refusal(() => bound(policy, { a: root(1), b: root(2) })).message).toContain('one root for one subject');
    expect(bound(policy, { a: root(1), b: root(1) }).signers.size).toBe(2);
  });
});
