import { sha256 } from './support.ts';

/** Models whose roots are known from `model_signing` (shared/reference/model-signing.md §7): name → contents. */
export type Contents = Readonly<Record<string, string>>;

const sample: Record<string, string> = {};
for (const i of [0, 1]) for (const j of [0, 1, 2]) sample[`d${i}/f${i}${j}`] = `This is file f${i}${j} in d${i}.`;
for (const i of [0, 1, 2, 3]) sample[`f${i}`] = `This is file f${i} in root.`;
export const SAMPLE: Contents = sample;

export const DEEP: Contents = Object.fromEntries(
  [0, 1, 2, 3].map((i) => [`d0/d1/d2/d3/d4/f${i}`, `This is file f${i}.`]),
);
export const ORDERING: Contents = { 'a/b': '3\n', 'a-b': '1\n', 'a.txt': '2\n' };

export const filesOf = (contents: Contents) =>
  Object.entries(contents).map(([path, text]) => ({ path, sha256: sha256(text) }));

/** The resources of an OMS predicate, in the order of the object. */
export const resourcesOf = (contents: Contents) =>
  filesOf(contents).map(({ path, sha256: digest }) => ({
    name: path,
    algorithm: 'sha256',
    digest: Buffer.from(digest).toString('hex'),
  }));

/** A sharded manifest of the contents, in Python's order of files and numeric order of offsets. */
export const shardsOf = (contents: Contents, size: number, algorithm: string) =>
  Object.entries(contents).flatMap(([path, text]) =>
    Array.from({ length: Math.ceil(text.length / size) }, (_, index) => {
      const end = Math.min(text.length, (index + 1) * size);
      const digest = Buffer.from(sha256(text.slice(index * size, end))).toString('hex');
      return { name: `${path}:${index * size}:${end}`, algorithm, digest };
    }),
  );

interface Resource {
  readonly name: string;
  readonly algorithm: string;
  readonly digest: string;
}

/** A complete OMS statement whose root is right for the resources in the order given. */
export function omsJson(resources: readonly Resource[], serialization: object = {}, name = 'model') {
  const root = Buffer.from(sha256(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex'))))).toString(
    'hex',
  );
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: root } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      resources,
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: [],
        ...serialization,
      },
    },
  };
}
