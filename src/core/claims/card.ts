import type { BaseRelation } from '../attestation/index.ts';
import { type JsonObject, type JsonValue, quote } from '../bytes/index.ts';
import { parseYaml } from '../yaml/index.ts';
import { frontMatterOf, invalidCard } from './front-matter.ts';

/** What a model card says of where a model comes from. Names, not digests: none of it is a link. */
export interface CardClaims {
  /** `base_model`: ids of a hub, or whatever the author wrote. */
  readonly bases: readonly string[];
  /** `base_model_relation`, where it is one that we know. */
  readonly relation?: BaseRelation;
  readonly datasets: readonly string[];
  /** `license`, with `license_name` in the place of `other`. */
  readonly licences: readonly string[];
}

const MAX_NAMES = 256;
const MAX_NAME_LENGTH = 1024;

/** `base_model_relation` of Hugging Face, by the relation of design §4. */
const RELATIONS: Readonly<Record<string, BaseRelation>> = {
  finetune: 'finetuned-from',
  adapter: 'adapter-of',
  merge: 'merged-from',
  quantized: 'quantized-from',
};

/**
 * Reads the metadata of a model card as Hugging Face defines it: the YAML at the head of `README.md`. Of its members only those that
 * speak of origin and licence are looked at; these have to be texts, or lists of them.
 *
 * @param head the first bytes of the file, or all; {@link MAX_FRONT_MATTER_BYTES} and a little more are enough
 * @param isWhole whether there are no more
 * @returns undefined for a file without front matter
 * @throws StemmaError CARD_INVALID
 */
export function parseCard(head: Uint8Array, isWhole: boolean): CardClaims | undefined {
  const text = frontMatterOf(head, isWhole);
  if (text === undefined) return undefined;
  const json = isBlank(text) ? null : parseYaml(text, invalidCard);
  if (json === null) return { bases: [], datasets: [], licences: [] };
  if (typeof json !== 'object' || Array.isArray(json)) throw invalidCard('expected members with values');
  const members = json as JsonObject;
  const [word = ''] = names(members, 'base_model_relation');
  const relation = Object.hasOwn(RELATIONS, word) ? RELATIONS[word] : undefined;
  return {
    bases: names(members, 'base_model'),
    ...(relation === undefined ? {} : { relation }),
    datasets: names(members, 'datasets'),
    licences: licences(members),
  };
}

const isBlank = (text: string): boolean => text.split('\n').every((line) => /^\s*(?:#|$)/.test(line));

function licences(json: JsonObject): readonly string[] {
  const [name] = names(json, 'license_name');
  return names(json, 'license').map((each) => (each === 'other' && name !== undefined ? name : each));
}

/** A text, or a list of texts; each once, in the order given. */
function names(json: JsonObject, member: string): readonly string[] {
  const value = Object.hasOwn(json, member) ? json[member] : undefined;
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.length > MAX_NAMES)
    throw invalidCard(`expected at most ${MAX_NAMES} entries, found ${list.length}`, `/${member}`);
  return [
    ...new Set(list.map((each, index) => nameOf(each, Array.isArray(value) ? `/${member}/${index}` : `/${member}`))),
  ];
}

function nameOf(value: JsonValue, at: string): string {
  if (typeof value !== 'string') throw invalidCard('expected a text', at);
  const text = value.trim();
  if (text === '' || text.length > MAX_NAME_LENGTH)
    throw invalidCard(`expected 1 to ${MAX_NAME_LENGTH} characters, found ${quote(value, 40)}`, at);
  return text;
}
