import { describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/core/attestation/index.ts';
import type { JsonValue } from '../../../src/core/bytes/index.ts';
import { type BoundPolicy, evaluatePolicy, type PolicyEvidence } from '../../../src/core/policy/index.ts';
import { APPROVAL, type Draft, MODEL, PROVENANCE, requirement } from '../../support/policies.ts';
import { AT, bound, draft, keySigner } from './support.ts';

const SIGNERS = { a: keySigner('p256'), b: keySigner('p384'), again: keySigner('p256') };
type Name = keyof typeof SIGNERS;

const idOf = (name: Name): string => `key ${SIGNERS[name].kind === 'key' ? SIGNERS[name].key.fingerprint : ''}`;

let count = 0;
/** A statement by these signers, about the artifact unless told otherwise. */
function evidence(
  predicateType: string,
  signers: readonly Name[],
  more: Partial<PolicyEvidence> & { readonly predicate?: JsonValue } = {},
): PolicyEvidence {
  const statement: Statement = { subject: [], predicateType, predicate: more.predicate ?? {} } as never;
  return {
    id: String(++count).padStart(64, '0'),
    source: 'model.attestations.jsonl',
    statement,
    subjects: [],
    signers: signers.map((label) => ({ id: idOf(label), label })),
    signer: 'a key',
    about: 'artifact',
    aboutMessage: '',
    coversAll: true,
    ...more,
  };
}

const policy = (requirements: readonly Draft[], more: Draft = {}): BoundPolicy => {
  const keys = Object.fromEntries(Object.keys(SIGNERS).map((name) => [name, { publicKey: `${name}.pub` }]));
  return bound(draft({ trust: { keys }, requirements, ...more }), SIGNERS);
};

const weights = requirement('weights', MODEL, ['a']);

function judge(rule: Draft, found: readonly PolicyEvidence[], more: Draft = {}) {
  const results = evaluatePolicy(policy(rule['id'] === 'weights' ? [rule] : [weights, rule], more), {
    kind: 'model',
    model: { digests: { sha256: '1'.repeat(64) }, claimed: [], isFile: true, signers: [] },
    evidence: found,
    graph: { nodes: [], edges: [] },
    weakened: [],
    at: AT,
  });
  return results.find(({ id }) => id === rule['id']);
}

const twoOf = (...anyOf: readonly Name[]): Draft => ({ signers: { anyOf, threshold: 2 } });

describe('the signers of a requirement', () => {
  it.each<readonly [string, readonly PolicyEvidence[], string]>([
    ['two keys, one statement each', [evidence(APPROVAL, ['a']), evidence(APPROVAL, ['b'])], 'pass'],
    ['two keys under one statement', [evidence(APPROVAL, ['a', 'b'])], 'pass'],
    ['one key, two statements', [evidence(APPROVAL, ['a']), evidence(APPROVAL, ['a'])], 'missing'],
    ['one key under two names', [evidence(APPROVAL, ['a', 'again'])], 'missing'],
    ['nothing', [], 'missing'],
  ])('%s, of two asked for: %s', (_, found, outcome) => {
    expect(judge(requirement('r', APPROVAL, [], twoOf('a', 'b', 'again')), found)?.outcome).toBe(outcome);
  });

  it('do not count for a file set that leaves something out, where several must each vouch for all of it', () => {
    const rule = { ...weights, ...twoOf('a', 'b') };
    const whole = evidence(MODEL, ['a']);

    expect(judge(rule, [whole, evidence(MODEL, ['b'])])?.outcome).toBe('pass');
    expect(judge(rule, [whole, evidence(MODEL, ['b'], { coversAll: false })])?.outcome).toBe('missing');
  });

  it('are those that are asked for, whoever else is trusted', () => {
    const result = judge(requirement('r', APPROVAL, ['a']), [evidence(APPROVAL, ['b'])]);

    expect(result).toMatchObject({ outcome: 'missing', reason: 'untrusted' });
  });

  it('are not outvoted: a statement that fails does not take away one that passes', () => {
    const rule = requirement('r', APPROVAL, ['a', 'b'], { match: [{ path: 'role', equals: 'reviewer' }] });
    const found = [
      evidence(APPROVAL, ['a'], { predicate: { role: 'x' } }),
      evidence(APPROVAL, ['b'], { predicate: { role: 'reviewer' } }),
    ];

    expect(judge(rule, found)).toMatchObject({ outcome: 'pass', message: 'satisfied by b' });
  });
});

describe('what a statement is about', () => {
  it.each<readonly [PolicyEvidence['about'], Draft, string]>([
    ['other', {}, 'missing'],
    ['unknown', {}, 'unknown'],
    ['unbound', {}, 'unknown'],
    ['unbound', { namesNotBound: 'accept' }, 'pass'],
    ['other', { namesNotBound: 'accept' }, 'missing'],
    ['unknown', { namesNotBound: 'accept' }, 'unknown'],
  ])('%s, with %j: %s', (about, more, outcome) => {
    expect(judge(requirement('r', APPROVAL, ['a'], more), [evidence(APPROVAL, ['a'], { about })])?.outcome).toBe(
      outcome,
    );
  });
});

describe('the age of a statement', () => {
  const made = (finishedOn: string): PolicyEvidence =>
    evidence(PROVENANCE, ['a'], { predicate: { runDetails: { metadata: { finishedOn } } } });
  const rule = (more: Draft = {}): Draft => requirement('r', PROVENANCE, ['a'], { maxAge: '30d', ...more });
  const claimed = rule({ time: 'claimed' });

  it.each<readonly [string, Draft, PolicyEvidence, string]>([
    ['claimed, where a trusted time is asked for', rule(), made('2026-11-20T00:00:00Z'), 'unknown'],
    ['claimed, where that is enough', claimed, made('2026-11-20T00:00:00Z'), 'pass'],
    ['claimed and too old', claimed, made('2026-10-01T00:00:00Z'), 'missing'],
    ['claimed from the future', claimed, made('2026-11-24T00:00:00Z'), 'unknown'],
    ['claimed as what is no time', claimed, made('yesterday'), 'unknown'],
    ['not said at all', claimed, evidence(PROVENANCE, ['a']), 'unknown'],
    ['seen by a log', rule(), evidence(PROVENANCE, ['a'], { signedAt: new Date('2026-11-01T00:00:00Z') }), 'pass'],
    [
      'seen by a log long ago',
      rule(),
      evidence(PROVENANCE, ['a'], { signedAt: new Date('2026-01-01T00:00:00Z') }),
      'missing',
    ],
    [
      'seen by a log long ago, and claimed to be new',
      claimed,
      { ...made('2026-11-22T00:00:00Z'), signedAt: new Date('2026-01-01T00:00:00Z') },
      'missing',
    ],
  ])('%s: %s', (_, requirement, found, outcome) => {
    expect(judge(requirement, [found])?.outcome).toBe(outcome);
  });
});

describe('a revoked key', () => {
  const revoked = { keys: [{ fingerprint: idOf('a').replace('key ', ''), reason: 'stolen' }] };

  it('counts nowhere, under no name', () => {
    const rule = requirement('r', APPROVAL, ['a', 'again', 'b']);

    expect(judge(rule, [evidence(APPROVAL, ['again'])], { revoked })).toMatchObject({
      outcome: 'fail',
      reason: 'revoked',
    });
    expect(judge(rule, [evidence(APPROVAL, ['a', 'b'])], { revoked })?.outcome).toBe('pass');
  });

  it('leaves a threshold unmet', () => {
    const rule = requirement('r', APPROVAL, [], twoOf('a', 'b'));

    expect(judge(rule, [evidence(APPROVAL, ['a']), evidence(APPROVAL, ['b'])], { revoked })?.outcome).not.toBe('pass');
  });
});
