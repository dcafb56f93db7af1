import { compareUtf8, hexEncode, pathProblem, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { HashFunction } from '../merkle/index.ts';
import { omsRoot } from './oms-order.ts';
import { OMS_GIT_NAMES, OMS_PREDICATE_TYPE } from './oms-statement.ts';
import { hasGlob } from './paths.ts';
import { buildStatement } from './statement.ts';

export interface OmsInput {
  /** Base name of the model. */
  readonly subjectName: string;
  /** The signed file set, in any order. A single file is listed under its base name, which is then the subject's name too. */
  readonly files: readonly { readonly path: string /** 32 bytes */; readonly sha256: Uint8Array }[];
  /** Recorded beside the four Git names; canonical paths. */
  readonly ignorePaths: readonly string[];
  readonly allowSymlinks: boolean;
}

/**
 * The payload of an OMS v1.0 statement (docs/formats/oms.md): method `files`, SHA-256, code-point order, nothing of ours in it.
 * Equal inputs give equal bytes.
 *
 * @throws StemmaError MODEL_EMPTY, PATH_INVALID
 */
export function buildOmsStatement(input: OmsInput, sha256: HashFunction): Uint8Array {
  const files = input.files.toSorted((a, b) => compareUtf8(a.path, b.path));
  if (files.length === 0) throw new StemmaError('MODEL_EMPTY', 'expected at least one file to sign, found none');
  files.forEach(({ path }, index) => {
    requirePath(path);
    if (files[index - 1]?.path === path)
      throw new StemmaError('PATH_INVALID', `the path ${quote(path)} is listed twice`);
  });
  const ignorePaths = [...new Set([...OMS_GIT_NAMES, ...input.ignorePaths])].toSorted(compareUtf8);
  for (const path of ignorePaths) {
    requirePath(path);
    if (hasGlob(path))
      throw new StemmaError('PATH_INVALID', `the ignored path ${quote(path)} holds one of * ? [, which OMS forbids`);
  }
  const root = omsRoot(
    sha256,
    files.map((file) => file.sha256),
  );
  return buildStatement({ name: input.subjectName, digest: { sha256: hexEncode(root) } }, OMS_PREDICATE_TYPE, {
    resources: files.map((file) => ({ name: file.path, algorithm: 'sha256', digest: hexEncode(file.sha256) })),
    serialization: {
      method: 'files',
      hash_type: 'sha256',
      allow_symlinks: input.allowSymlinks,
      ignore_paths: ignorePaths,
    },
  });
}

function requirePath(path: string): void {
  const problem = pathProblem(path);
  if (problem !== undefined) throw new StemmaError('PATH_INVALID', `the path ${quote(path)} ${problem}`);
}
