import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildStatement,
  INTOTO_PAYLOAD_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  pae,
  writeBundle,
} from '../../../src/core/attestation/index.ts';
import { canonicalJson, concatBytes, hexEncode } from '../../../src/core/bytes/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { leafHash, MerkleLayers } from '../../../src/core/merkle/index.ts';
import { checkProofs, type Proof, type ProofReport } from '../../../src/core/proof/index.ts';
import { RECORD_TAG } from '../../../src/core/records/index.ts';
import type { Check } from '../../../src/core/verify/index.ts';
import { type KeyName, NOW, signerOf, tempFolder, trustKey } from '../verify/support.ts';

/** Matches a StemmaError by its code. */
export { coded } from '../trainlog/support.ts';

/** The tree of some records, made by the plainest code there is: an oracle for the index. */
export function treeOf(
  records: readonly Uint8Array[],
  tag: (index: number) => Uint8Array = () => RECORD_TAG,
): MerkleLayers {
  const hashes = records.map((record, i) => leafHash(sha256, concatBytes(tag(i), record)));
  return new MerkleLayers(sha256, concatBytes(...hashes));
}

export interface ListedLog {
  readonly name: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly key?: string;
  readonly records?: 'lf' | 'tfrecord';
}

/** A provenance statement that lists logs, as its payload. */
export function provenance(logs: readonly ListedLog[], subject = 'tiny'): Uint8Array {
  return buildStatement({ name: subject, digest: { sha256: 'ab'.repeat(32) } }, PROVENANCE_PREDICATE_TYPE, {
    buildDefinition: {
      buildType: 'https://w3id.org/stemma/training/v1',
      externalParameters: { parameters: {} },
      resolvedDependencies: [],
    },
    runDetails: {
      builder: { id: 'https://w3id.org/stemma/builder/local' },
      byproducts: logs.map(({ name, size, root, key = 'stemmaLogTreeV1', records = 'lf' }) => ({
        name,
        digest: { [key]: hexEncode(root) },
        annotations: { size, records },
      })),
    },
  });
}

/** A payload signed as one line of an attestations file. */
export async function signed(payload: Uint8Array, key: KeyName = 'p256'): Promise<string> {
  const signer = await signerOf(key);
  const signature = await signer.sign(pae(INTOTO_PAYLOAD_TYPE, payload));
  return writeBundle({ payload, signature, hint: signer.publicKey.hint });
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Four records and a proof of each, signed by p256. */
export async function fourRecords(): Promise<{ readonly statement: string; readonly proofs: readonly Proof[] }> {
  const records = ['{"step":1}\n', '{"step":2}\n', 'three\r\n', 'last'];
  const tree = treeOf(records.map(text));
  const statement = await signed(provenance([{ name: 'train.jsonl', size: 4, root: tree.root() }]));
  const proofs = records.map(
    (record, index): Proof => ({
      type: 'https://w3id.org/stemma/proof/v1',
      kind: 'record',
      tree: { log: 0 },
      leaf: { text: record },
      index,
      path: tree.inclusionProof(index).map(hexEncode),
      statement,
    }),
  );
  return { statement, proofs };
}

export const lineOf = (proof: object): string => `${canonicalJson(proof as Parameters<typeof canonicalJson>[0])}\n`;

export type CheckOverrides = Partial<Parameters<typeof checkProofs>[0]>;

/** `check-proof FILE --key p256.pub` of these bytes unless told otherwise. */
export function check(bytes: string | Uint8Array, overrides: CheckOverrides = {}): Promise<ProofReport> {
  const file = path.join(tempFolder(), 'x.proof.json');
  writeFileSync(file, bytes);
  return checkProofs({ file, trust: [trustKey('p256')], at: NOW, ...overrides });
}

/** `ID outcome` of the required checks that did not pass, over all proofs. */
export const open = ({ proofs }: ProofReport): string[] =>
  proofs
    .flatMap(({ checks }): readonly Check[] => checks)
    .filter(({ required, outcome }) => required && outcome !== 'pass')
    .map(({ id, outcome }) => `${id} ${outcome}`);

export function writeLines(file: string, lines: readonly string[]): string {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}
