import { CST, isMap, isScalar, isSeq, Lexer, Parser, parseAllDocuments } from 'yaml';
import { type JsonValue, quote } from '../bytes/index.ts';
import type { StemmaError } from '../errors/index.ts';

/** Some tokens a line: far above any policy or card, far below what makes a parser slow. */
const MAX_TOKENS = 100_000;
export const MAX_YAML_DEPTH = 32;

/** Makes the error of whoever reads; `at` is a JSON pointer, or empty. */
export type Invalid = (message: string, at?: string, details?: Readonly<Record<string, unknown>>) => StemmaError;

/** Lexemes that make one text stand for another, or give it a type of its own (YAML 1.2.2 §6.8, §6.9, §7.1). */
const REFUSED = {
  alias: 'an alias',
  anchor: 'an anchor',
  tag: 'a tag',
  'directive-line': 'a directive',
} as const;

/**
 * Reads the JSON subset of YAML 1.2, core schema: one document, no aliases, anchors, tags, directives or merge keys, no member
 * twice. Hostile input: what would make the library slow or deep is refused by its tokens, before anything is composed.
 *
 * @throws StemmaError that `invalid` makes
 */
export function parseYaml(text: string, invalid: Invalid): JsonValue {
  refuseTokens(text, invalid);
  refuseDepth(text, invalid);
  // Members are compared here: the library's own search for those given twice takes the square of their number.
  const options = { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, stringKeys: true } as const;
  const documents = parseAllDocuments(text, { ...options, strict: true, logLevel: 'silent', prettyErrors: true });
  const [document, another] = 'empty' in documents ? [] : documents;
  if (document === undefined) throw invalid('expected a document, found none');
  if (another !== undefined) throw invalid('expected one YAML document, found several');
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw invalid(`not YAML: ${problem.message.split('\n')[0] ?? ''}`);
  return toJson(document.contents, '', invalid);
}

function refuseTokens(text: string, invalid: Invalid): void {
  let tokens = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type !== null && Object.hasOwn(REFUSED, type)) {
      const what = REFUSED[type as keyof typeof REFUSED];
      throw invalid(`expected plain YAML, found ${what}: ${quote(lexeme, 40)}`, '', { offset });
    }
    offset += lexeme.length;
    if (++tokens > MAX_TOKENS) throw invalid(`expected at most ${MAX_TOKENS} YAML tokens, found more`);
  }
}

/** The tree of tokens is made without recursion, unlike what is composed out of it. */
function refuseDepth(text: string, invalid: Invalid): void {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) open.push({ token, depth: 0 });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > MAX_YAML_DEPTH + 1) throw invalid(`expected at most ${MAX_YAML_DEPTH} levels, found more`);
    const below = (child: CST.Token | null | undefined): void => {
      if (child !== null && child !== undefined) open.push({ token: child, depth: depth + 1 });
    };
    if ('items' in token) {
      for (const { key, value } of token.items) {
        below(key);
        below(value);
      }
    } else if (token.type === 'document') below(token.value);
  }
}

function toJson(node: unknown, at: string, invalid: Invalid): JsonValue {
  if (node === null) return null;
  if (isScalar(node)) return scalar(node.value, at, invalid);
  if (isSeq(node)) return node.items.map((item, index) => toJson(item, `${at}/${index}`, invalid));
  if (!isMap(node)) throw invalid('expected a mapping, a list or a value, found something else', at);
  const out: Record<string, JsonValue> = {};
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? key.value : undefined;
    if (typeof name !== 'string') throw invalid('expected members named by text', at);
    if (name === '__proto__' || name === '<<') throw invalid(`expected no member ${quote(name)}`, at);
    if (Object.hasOwn(out, name)) throw invalid(`the member ${quote(name, 80)} is given twice`, at);
    out[name] = toJson(value, `${at}/${name}`, invalid);
  }
  return out;
}

function scalar(value: unknown, at: string, invalid: Invalid): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid('expected Unicode text, found a lone surrogate', at);
    return value;
  }
  const isExact = typeof value === 'number' && Number.isFinite(value);
  if (!isExact || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    throw invalid('expected a number that is held exactly; write digests and long numbers in quotes', at);
  return value;
}
