import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/digest/index.ts';
import { ancestorStatements } from '../../../src/core/verify/checks/ancestors.ts';
import type { ClassifiedStatement } from '../../../src/core/verify/checks/classify.ts';

const hex = (n: number, length = 64): string => n.toString(16).padStart(length, '0');
const MANY = 400;
const BASE = { sha256: hex(1) };
const SHARED = hex(2);

type Digest = Readonly<Record<string, string>>;

/** As much of a statement as the search reads. */
const statement = (n: number, trust: string, subject: Digest, links?: readonly Digest[]): ClassifiedStatement =>
  ({
    ref: { source: 'model.attestations.jsonl', pae: hex(n) },
    origin: 'model',
    trust,
    isSignatureFile: false,
    statement: { subject: [{ digest: subject }] },
    content:
      links === undefined
        ? { kind: 'other' }
        : { kind: 'provenance', provenance: { links: links.map((digest) => ({ digest })) } },
  }) as unknown as ClassifiedStatement;

/** A trusted child of a base, for which somebody else's provenance claims many links; and what these are looked up in. */
function search(links: readonly Digest[], subjects: readonly Digest[]) {
  let reads = 0;
  const counted = links.map(
    (link) =>
      new Proxy(link, {
        ownKeys: (target) => {
          reads++;
          return Reflect.ownKeys(target);
        },
      }),
  );
  const child = statement(0, 'trusted', { sha256: hex(3) }, [BASE]);
  const claimed = statement(1, 'untrusted', BASE, counted);
  const others = subjects.map((subject, i) => statement(2 + i, 'untrusted', subject));
  const found = ancestorStatements([child, claimed, ...others], sha256);
  expect(found.has(child)).toBe(false);
  expect(found.has(claimed)).toBe(true);
  return { reads, ancestors: others.filter((entry) => found.has(entry)).length };
}

const numbered = (key: string): Digest[] =>
  Array.from({ length: MANY }, (_, i) => ({ sha256: SHARED, [key]: hex(i, 128) }));

test('many links to many statements about one digest are found without comparing each with each', () => {
  const { reads, ancestors } = search(
    numbered('sha512'),
    Array.from({ length: MANY }, () => ({ sha256: SHARED })),
  );
  expect(ancestors).toBe(MANY);
  expect(reads).toBeLessThan(10 * MANY);
});

test('nor where every statement says something else beside the one digest', () => {
  const { reads, ancestors } = search(numbered('sha512'), numbered('sha512').toReversed());
  expect(ancestors).toBe(MANY);
  expect(reads).toBeLessThan(10 * MANY);
});

test('a crowd that was met one by one before is taken all the same', () => {
  const links = [{ sha512: hex(0, 128) }, { sha256: SHARED }];
  expect(search(links, numbered('sha512')).ancestors).toBe(MANY);
});

test('a statement that contradicts its link in another digest is no ancestor', () => {
  const { ancestors } = search(
    [{ sha256: SHARED, sha512: hex(7, 128) }],
    [{ sha256: SHARED, sha512: hex(8, 128) }, { sha256: hex(9) }],
  );
  expect(ancestors).toBe(0);
});

test('copies of a trusted provenance are followed once', () => {
  let asked = 0;
  const base = statement(1, 'untrusted', BASE, []);
  const copies = Array.from({ length: MANY }, () => {
    const copy = statement(0, 'trusted', { sha256: hex(3) }, [BASE]);
    const { subject } = copy.statement;
    Object.defineProperty(copy.statement, 'subject', { get: () => (asked++, subject) });
    return copy;
  });
  expect(ancestorStatements([...copies, base], sha256).has(base)).toBe(true);
  expect(asked).toBeLessThan(2 * MANY);
});
