import { z } from 'zod';
import { pathProblem } from '../../bytes/index.ts';
import { opaqueProblem, pathListProblem } from '../paths.ts';
import { ascending } from './model-fits.ts';
import { once } from './once.ts';
import { pathList } from './path-list-schema.ts';

const hex32 = once(() => z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));
const count = once(() => z.int().nonnegative());
const format = once(() => z.enum(['gguf', 'safetensors']));
const contentHash = once(() => z.enum(['blake3', 'sha256']));

/** Design §3: outside a DigestSet a root never stands without its hash and tree size. */
const tree = <H extends z.ZodType>(hash: H) =>
  z.strictObject({ hash, size: count().describe('number of leaves'), root: hex32() }).readonly();

const tensorSet = once(() =>
  z
    .strictObject({
      path: z
        .string()
        .refine((path) => path === '' || pathProblem(path) === undefined, 'expected a canonical path')
        .describe('the file, or the index of a sharded set; empty in a single-file model'),
      format: format(),
      hash: contentHash(),
      size: count().describe('number of tensors'),
      parameters: count(),
      root: hex32(),
    })
    .readonly(),
);

/**
 * The predicate `https://w3id.org/stemma/model/v1` as it stands in JSON (docs/formats/model-statement.md). Unknown members are
 * refused; relations between members and with the subject are checked by `checkModel`. What is changed here changes in
 * `fitsModelPredicate` as well.
 */
export const modelPredicateSchema = once(() =>
  z
    .strictObject({
      kind: z.enum(['file', 'folder']),
      digests: z
        .enum(['observed', 'precomputed'])
        .describe('whether the signer read the bytes or took digests from elsewhere'),
      files: z.int().min(1),
      bytes: count().describe('sum of the file sizes'),
      formats: z
        .array(format())
        .readonly()
        .refine(ascending, 'expected formats sorted and unique')
        .describe('containers recognised, sorted'),
      fileTree: tree(z.literal('sha256')),
      segmentTree: tree(contentHash()).optional(),
      tensorSets: z
        .array(tensorSet())
        .readonly()
        .refine((list) => ascending(list.map(({ path }) => path)), 'expected tensor sets sorted by path and unique'),
      manifest: z.strictObject({ sha256: hex32() }).readonly().optional().describe('the bytes of model.manifest.jsonl'),
      ignored: pathList(pathListProblem)
        .optional()
        .describe('canonical paths, each with its subtree; absent means none'),
      opaque: pathList(opaqueProblem)
        .optional()
        .describe('files not parsed as the container they are named or look like; absent means none'),
      allowSymlinks: z.literal(true).optional().describe('symbolic links were followed; absent means refused'),
    })
    .readonly(),
);

export type ModelPredicateJson = z.infer<ReturnType<typeof modelPredicateSchema>>;
