import { decodeHex, hexEncode, joinBytes, quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { leafHash, MerkleLayers } from '../merkle/index.ts';
import { fileLeaf, tensorLeaf } from '../model/index.ts';
import { type CommittedFiles, committedFiles } from './committed-files.ts';
import type { EvidenceLine } from './evidence-trees.ts';
import { holds } from './holds.ts';
import { PROOF_TYPE, type Proof } from './proof-schema.ts';
import { type CommittedModel, committedModel, type ProveModelOptions } from './prove-model.ts';
import { type ProvenTree, provenTree } from './proven-tree.ts';
import type { SignedTree } from './signed-tree.ts';

export interface ProvedLeaves {
  /** In the order asked for, each leaf once. */
  readonly proofs: readonly Proof[];
  readonly tree: ProvenTree;
}

/**
 * Proves single files of a model or dataset: each one's path, size and SHA-256. It is read as a whole, and must be the committed
 * one.
 *
 * @param paths relative to it; for a single file its base name, or `.`
 * @throws StemmaError USAGE for a file that is not in it; as `committedFiles`
 */
export async function proveFiles(
  options: ProveModelOptions & { readonly paths: readonly string[] },
): Promise<ProvedLeaves> {
  const committed = await committedFiles(options);
  const { files, line, tree } = committed;
  const paths = files.map(({ path }) => path);
  const layers = layersOf(files.map(({ path, size, sha256: digest }) => fileLeaf(path, size, digest)));
  const proofs = [...new Set(options.paths)].map((given): Proof => {
    const index = paths.indexOf(pathIn(committed, given));
    const file = files.at(index);
    if (index < 0 || file === undefined) {
      throw new StemmaError('USAGE', `${quote(committed.name)} has no covered file ${quote(given)}`);
    }
    const leaf = { path: file.path, size: file.size, sha256: hexEncode(file.sha256) };
    return { ...place(line, layers, index), kind: 'file', leaf };
  });
  return finish(proofs, committed, tree);
}

/**
 * Proves single tensors of a model: each one's name, data type, shape, length and chunk root. The whole model is read.
 *
 * @throws StemmaError USAGE for a tensor that is not there, or stands in several sets; as `committedModel`
 */
export async function proveTensors(
  options: ProveModelOptions & { readonly names: readonly string[]; readonly set?: string },
): Promise<ProvedLeaves> {
  const wanted = (path: string): boolean => options.set === undefined || path === options.set;
  const isTensorTree = ({ reference, name }: SignedTree): boolean => reference.kind === 'tensor' && wanted(name);
  const model = await committedModel(options, isTensorTree);
  const sets = model.description.tensorSets.filter(({ path }) => wanted(path));
  const holding = sets.filter((set) => options.names.every((name) => hasTensor(set, name)));
  const [set] = holding;
  if (set === undefined) {
    const absent = options.names.find((name) => !sets.some((other) => hasTensor(other, name)));
    if (absent !== undefined) throw noTensor(absent);
    throw new StemmaError('USAGE', 'no tensor set holds all of these tensors: prove those of each set by themselves');
  }
  if (holding.length > 1) {
    const paths = holding.slice(0, 5).map(({ path }) => quote(path));
    throw new StemmaError('USAGE', `${quote(options.names[0] ?? '', 80)} stands in several sets: ${paths.join(', ')}`, {
      hint: 'choose one with --set PATH',
    });
  }
  const layers = layersOf(set.tensors.map((tensor) => tensorLeaf(tensor, decodeHex(tensor.root))));
  const tree = treeOf(model, ({ reference, name }) => reference.kind === 'tensor' && name === set.path);
  const proofs = [...new Set(options.names)].map((wantedName): Proof => {
    const index = set.tensors.findIndex(({ name }) => name === wantedName);
    const tensor = set.tensors[index];
    if (tensor === undefined) throw noTensor(wantedName);
    const { name, dtype, shape, length, root } = tensor;
    const leaf = { name, dtype, shape, length, root };
    return { ...place(model.line, layers, index), kind: 'tensor', tree: { set: set.path }, leaf };
  });
  return finish(proofs, model, tree);
}

const hasTensor = ({ tensors }: { readonly tensors: readonly { readonly name: string }[] }, wanted: string): boolean =>
  tensors.some(({ name }) => name === wanted);

const noTensor = (name: string): StemmaError =>
  new StemmaError('USAGE', `the model has no tensor ${quote(name, 80)}`, {
    hint: 'stemma inspect lists the tensor sets; --set PATH takes one of several',
  });

/** A single file has no path in itself. */
function pathIn({ kind, name }: CommittedFiles, given: string): string {
  return kind === 'file' && (given === name || given === '.') ? '' : given.replace(/^\.\//, '');
}

const layersOf = (leaves: readonly Uint8Array[]): MerkleLayers =>
  new MerkleLayers(sha256, joinBytes(leaves.map((leaf) => leafHash(sha256, leaf))));

const place = (line: EvidenceLine, layers: MerkleLayers, index: number) =>
  ({ type: PROOF_TYPE, index, path: layers.inclusionProof(index).map(hexEncode), statement: line.text }) as const;

function treeOf({ line }: CommittedModel, is: (tree: SignedTree) => boolean): SignedTree {
  const tree = line.trees.find(is);
  if (tree !== undefined) return tree;
  throw new StemmaError('EVIDENCE_MISSING', `line ${line.line} of the attestations commits to no such tree`);
}

/** The bytes are the committed ones; where a signer's own trees do not fit together, nothing can be proven from them. */
function finish(
  proofs: readonly Proof[],
  from: Pick<CommittedModel, 'line' | 'attestations'>,
  tree: SignedTree,
): ProvedLeaves {
  if (!proofs.every((proof) => holds(proof, tree))) {
    const message = `line ${from.line.line} has another root for this tree than its own bytes make`;
    throw new StemmaError('NOT_COMMITTED', message);
  }
  return { proofs, tree: provenTree(from.line, tree, from.attestations) };
}
