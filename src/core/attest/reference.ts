import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { BASE_RELATIONS, type BaseRelation } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { type DigestSet, looksLikeDigestSet, parseDigestSetText } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { splitShare } from './share.ts';

export const DEFAULT_RELATION: BaseRelation = 'finetuned-from';

/** What `--base`, `--dataset` and `--environment` take: a path, an evidence file, or a digest set as `stemma digest` prints it. */
export type Reference =
  | { readonly kind: 'digests'; readonly digests: DigestSet }
  | { readonly kind: 'evidence'; readonly path: string }
  | { readonly kind: 'path'; readonly path: string };

export interface BaseReference {
  readonly relation: BaseRelation;
  /** False where the default relation was assumed, which is then said aloud. */
  readonly relationGiven: boolean;
  readonly reference: Reference;
  /** Of a merge, in parts per million. */
  readonly share?: number;
}

/**
 * @throws StemmaError DIGEST_SET_INVALID, PATH_NOT_FOUND
 */
export function parseReference(text: string): Reference {
  if (existsSync(text)) {
    // A folder is a model or dataset, however it is called.
    return !statSync(text).isDirectory() && /\.(?:sig|jsonl|sigstore\.json)$/.test(text)
      ? { kind: 'evidence', path: text }
      : { kind: 'path', path: text };
  }
  if (looksLikeDigestSet(text)) return { kind: 'digests', digests: parseDigestSetText(text) };
  throw new StemmaError('PATH_NOT_FOUND', `no such file or folder: ${quote(path.basename(text))}`, {
    hint: 'give a path, a .sig or .attestations.jsonl file, or a digest set as `stemma digest` prints it',
  });
}

/**
 * `[RELATION=]REF[,share=X]` of `--base`.
 *
 * @throws StemmaError USAGE for an unknown relation or a share that is none, and as `parseReference`
 */
export function parseBaseReference(text: string): BaseReference {
  const equals = text.indexOf('=');
  const prefix = text.slice(0, Math.max(0, equals));
  const relation = BASE_RELATIONS.find((known) => known === prefix);
  if (relation !== undefined) return { relation, relationGiven: true, ...parseShared(text.slice(equals + 1)) };
  if (/^[A-Za-z]+(?:-[A-Za-z]+)*$/.test(prefix) && !existsSync(text)) {
    throw new StemmaError('USAGE', `unknown relation ${quote(prefix)}`, {
      hint: `expected one of ${BASE_RELATIONS.join(', ')}`,
    });
  }
  return { relation: DEFAULT_RELATION, relationGiven: false, ...parseShared(text) };
}

function parseShared(text: string): Pick<BaseReference, 'reference' | 'share'> {
  const { reference, share } = splitShare(text);
  return { reference: parseReference(reference), ...(share === undefined ? {} : { share }) };
}

/** A dataset may itself be a `.jsonl`: only the names of our evidence files mean evidence. */
export function parseDatasetReference(text: string): Reference {
  const reference = parseReference(text);
  return reference.kind === 'evidence' && !text.endsWith('.attestations.jsonl') && !text.endsWith('.sig')
    ? { kind: 'path', path: reference.path }
    : reference;
}
