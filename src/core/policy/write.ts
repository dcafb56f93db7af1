import { Document, isMap, isNode } from 'yaml';
import { quote } from '../bytes/index.ts';

/** A policy to start from; `comments` stand above the requirement of that id. */
export interface PolicyText {
  readonly head: readonly string[];
  readonly document: Readonly<Record<string, unknown>>;
  readonly comments: ReadonlyMap<string, readonly string[]>;
}

/**
 * A policy as YAML that people go on writing. Nothing in a comment can end it: what is untrusted there is quoted.
 */
export function writePolicyText({ head, document, comments }: PolicyText): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false, version: '1.2' });
  yaml.commentBefore = commentOf(head);
  for (const [i, id] of requirementIds(document).entries()) {
    const node = yaml.getIn(['requirements', i], true);
    const lines = comments.get(id);
    if (isMap(node) && isNode(node) && lines !== undefined) node.commentBefore = commentOf(lines);
  }
  return yaml.toString({ lineWidth: 0 });
}

const commentOf = (lines: readonly string[]): string => lines.map((line) => ` ${line}`).join('\n');

const requirementIds = ({ requirements }: PolicyText['document']): string[] =>
  (requirements as readonly { readonly id: string }[]).map(({ id }) => id);

/** Untrusted text for a comment. */
export const quoted = (text: string): string => quote(text, 120);
