import { compareUtf8 } from '../../bytes/index.ts';
import type { DescribedFile } from './describe.ts';

export interface FileDifference {
  /** Where it is now; for `removed`, where it was. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed' | 'renamed';
  /** For `renamed`: where the same bytes were. */
  readonly from?: string;
}

const METADATA =
  /\.(?:json|jsonl|txt|md|jinja2?|model|tiktoken|vocab|bpe|yaml|yml|toml|ini|cfg)$|(?:^|\/)(?:license|notice|readme)[^/]*$/i;

/** Tokenizer, chat template, configuration, documentation: by name, since nothing else tells. */
export function isMetadataName(path: string): boolean {
  return METADATA.test(path);
}

/** Files by path, then what is left by content: the same bytes under another name are `renamed`. Sorted by path. */
export function diffFiles(
  before: readonly DescribedFile[],
  after: readonly DescribedFile[],
): readonly FileDifference[] {
  const old = new Map(before.map((file) => [file.path, file]));
  const out: FileDifference[] = [];
  const added: DescribedFile[] = [];
  for (const file of after) {
    const was = old.get(file.path);
    old.delete(file.path);
    if (was === undefined) added.push(file);
    else if (contentOf(was) !== contentOf(file)) out.push({ path: file.path, change: 'changed' });
  }
  const gone = new Map<string, string[]>();
  for (const file of old.values()) {
    const paths = gone.get(contentOf(file));
    if (paths === undefined) gone.set(contentOf(file), [file.path]);
    else paths.push(file.path);
  }
  for (const file of added) {
    const from = gone.get(contentOf(file))?.shift();
    out.push(from === undefined ? { path: file.path, change: 'added' } : { path: file.path, change: 'renamed', from });
  }
  for (const path of [...gone.values()].flat()) out.push({ path, change: 'removed' });
  return out.toSorted((a, b) => compareUtf8(a.path, b.path));
}

function contentOf(file: DescribedFile): string {
  return `${file.size}:${file.sha256}`;
}
