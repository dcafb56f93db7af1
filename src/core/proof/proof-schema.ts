import { z } from 'zod';
import { encodeUtf8, pathProblem } from '../bytes/index.ts';

/** The `type` of every proof, and with it the version of its format (docs/formats/proof.md). */
export const PROOF_TYPE = 'https://w3id.org/stemma/proof/v1';

/** A tree has fewer than 2^64 leaves. */
const MAX_PATH = 64;

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `expected ${2 * bytes} lower-case hex digits`);
const count = z.int().nonnegative();

const siblings = z
  .array(hex(32))
  .max(MAX_PATH)
  .readonly()
  .describe('the siblings on the way to the root, lowest first');

const common = {
  type: z.literal(PROOF_TYPE),
  index: count.describe('position of the leaf, from 0'),
  path: siblings,
  statement: z
    .string()
    .min(2)
    .describe('the Sigstore bundle or DSSE envelope, verbatim, whose statement has the root and the size'),
};

const canonicalPath = z
  .string()
  .refine((path) => path === '' || pathProblem(path) === undefined, 'expected a canonical path');

/** A training log of a provenance. */
const logTree = z
  .strictObject({ log: count.describe('position among the byproducts that are logs, from 0') })
  .readonly();
/** A file of a plain dataset, which has the root of each. */
const datasetFile = z.strictObject({ file: canonicalPath.describe('path in the dataset') }).readonly();
/** A file of a salted dataset, whose one root is over leaves with these fields: this one is proven as well. */
const saltedDatasetFile = z
  .strictObject({
    file: canonicalPath.describe('path in the dataset'),
    records: count.describe('number of its records'),
    root: hex(32).describe('of its salted record tree'),
    index: count.describe('position of the file in the salted tree, from 0'),
    path: siblings,
  })
  .readonly();

const text = z.string().describe('the bytes, where they are UTF-8 without a byte order mark');
const base64 = z.string().describe('the bytes, where they are anything else');
const salt = hex(16);

const recordProof = z
  .strictObject({
    ...common,
    kind: z.literal('record'),
    tree: z.union([logTree, datasetFile], { error: 'expected log or file' }).readonly(),
    leaf: z
      .union([z.strictObject({ text }).readonly(), z.strictObject({ base64 }).readonly()], {
        error: 'expected text or base64',
      })
      .readonly(),
  })
  .readonly();

const saltedRecordProof = z
  .strictObject({
    ...common,
    kind: z.literal('salted-record'),
    tree: z
      .union([logTree, saltedDatasetFile], { error: 'expected log, or file with records, root, index and path' })
      .readonly(),
    leaf: z
      .union([z.strictObject({ salt, text }).readonly(), z.strictObject({ salt, base64 }).readonly()], {
        error: 'expected a salt of 16 bytes in hex, and text or base64',
      })
      .readonly(),
  })
  .readonly();

const fileProof = z
  .strictObject({
    ...common,
    kind: z.literal('file'),
    leaf: z.strictObject({ path: canonicalPath, size: count, sha256: hex(32) }).readonly(),
  })
  .readonly();

const tensorProof = z
  .strictObject({
    ...common,
    kind: z.literal('tensor'),
    tree: z.strictObject({ set: canonicalPath.describe('path of the tensor set') }).readonly(),
    leaf: z
      .strictObject({
        name: z.string(),
        dtype: z.string().refine((dtype) => encodeUtf8(dtype).length <= 255, 'expected at most 255 bytes'),
        shape: z.array(count).max(255).readonly(),
        length: count.describe('bytes of data'),
        root: hex(32).describe('root of the chunk tree'),
      })
      .readonly(),
  })
  .readonly();

/** One proof as it stands in JSON (docs/formats/proof.md). Unknown members are refused. */
export const proofSchema = z.discriminatedUnion('kind', [recordProof, saltedRecordProof, fileProof, tensorProof], {
  error: 'expected a proof of the kind record, salted-record, file or tensor',
});

/** Size and root of the tree are no members: they come from the signed statement alone. */
export type Proof = z.infer<typeof proofSchema>;
export type RecordLeaf = z.infer<typeof recordProof>['leaf'] | z.infer<typeof saltedRecordProof>['leaf'];
