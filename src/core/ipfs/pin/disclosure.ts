import { existsSync } from 'node:fs';
import {
  INTOTO_PAYLOAD_TYPE,
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  parseBundle,
  parseStatement,
  type Statement,
} from '../../attestation/index.ts';
import type { JsonObject, JsonValue } from '../../bytes/index.ts';
import { isStemmaError } from '../../errors/index.ts';
import {
  besideLocations,
  evidenceLocations,
  MAX_EVIDENCE_BYTES,
  readIfPresent,
  splitLines,
} from '../../evidence/index.ts';
import { isObject } from './remote.ts';

/** What everybody can read once the evidence is pinned; all of it is text from the statements. */
export interface Disclosure {
  readonly statements: number;
  /** Lines that no statement was found in: they become public as well. */
  readonly unread: number;
  /** Parameters, arguments, environment: a place in a statement and what stands there, each pair once. */
  readonly values: readonly { readonly place: string; readonly value: string }[];
  /** Names of models, datasets, logs and other files that statements are about or link to. */
  readonly names: readonly string[];
  /** How many more values and names there are than are listed here: each time that one stands in a statement. */
  readonly unlisted: number;
  /** Whether there is a manifest: it names every file and tensor of the model. */
  readonly manifest: boolean;
}

/** Of values, and of names. */
const MAX_LISTED = 10_000;
/** Members of a provenance that say how a command was run. */
const TOLD = ['externalParameters', 'internalParameters'] as const;
/** Members of a resource descriptor beside its name, digest and media type. */
const TOLD_OF_DEPENDENCIES = ['uri', 'downloadLocation', 'content', 'annotations'] as const;

/**
 * Lists what the side files of a model tell, for whoever is about to make them public.
 *
 * @param root absolute path of the model
 * @throws StemmaError TOO_LARGE, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, FILE_UNREADABLE
 */
export async function disclosureOf(root: string, kind: 'folder' | 'file'): Promise<Disclosure> {
  const places = [evidenceLocations(root, kind), ...(kind === 'folder' ? [besideLocations(root)] : [])];
  const lines: Uint8Array[] = [];
  let hasManifest = false;
  for (const { signature, attestations, manifest } of places) {
    hasManifest ||= existsSync(manifest);
    const options = { maxBytes: MAX_EVIDENCE_BYTES, followLink: true };
    const signed = await readIfPresent(signature, options);
    const attested = await readIfPresent(attestations, options);
    if (signed !== undefined) lines.push(signed);
    if (attested !== undefined) lines.push(...splitLines(attested).map(({ bytes }) => bytes));
  }
  const told = new Told();
  for (const line of lines) told.add(statementIn(line));
  return { ...told.disclosure(), manifest: hasManifest };
}

class Told {
  #statements = 0;
  #unread = 0;
  readonly #values = new Map<string, { place: string; value: string }>();
  readonly #names = new Set<string>();
  #unlisted = 0;

  add(statement: Statement | undefined): void {
    if (statement === undefined) {
      this.#unread++;
      return;
    }
    this.#statements++;
    for (const { name } of statement.subject) if (name !== undefined) this.#name(name);
    this.#predicate(statement.predicate ?? {}, statement.predicateType);
  }

  disclosure(): Omit<Disclosure, 'manifest'> {
    const values = [...this.#values.values()];
    const names = [...this.#names].toSorted();
    return { statements: this.#statements, unread: this.#unread, values, names, unlisted: this.#unlisted };
  }

  #predicate(predicate: JsonObject, type: string): void {
    if (isOmsPredicateType(type)) {
      for (const resource of objectsIn(predicate['resources'])) this.#nameIn(resource);
      return;
    }
    // Roots, counts and formats, which tell nothing that the manifest does not.
    if (type === MODEL_PREDICATE_TYPE) return;
    const { buildDefinition, runDetails, ...others } = predicate;
    const definition = objectIn(buildDefinition);
    this.#value('buildType', definition['buildType']);
    for (const key of TOLD) this.#value(key, definition[key]);
    for (const named of objectsIn(definition['resolvedDependencies'])) this.#dependency(named);
    const details = objectIn(runDetails);
    for (const named of objectsIn(details['byproducts'])) this.#dependency(named);
    this.#value('builder', details['builder']);
    this.#value('metadata', details['metadata']);
    this.#value(type.slice(type.lastIndexOf('/', type.lastIndexOf('/') - 1) + 1), others);
  }

  #dependency(dependency: JsonObject): void {
    this.#nameIn(dependency);
    for (const key of TOLD_OF_DEPENDENCIES) this.#value(key, dependency[key]);
  }

  #nameIn(object: JsonObject): void {
    if (typeof object['name'] === 'string') this.#name(object['name']);
  }

  #name(name: string): void {
    if (this.#names.size < MAX_LISTED || this.#names.has(name)) this.#names.add(name);
    else this.#unlisted++;
  }

  /** Leaves of a JSON value by their place. Whatever stands under `digest` is left out; a hexadecimal value elsewhere may be a secret. */
  #value(place: string, value: JsonValue | undefined): void {
    if (value === undefined || value === null) return;
    if (typeof value !== 'object') {
      this.#list(place, String(value));
    } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
      this.#list(place, value.join(' '));
    } else {
      for (const [key, inner] of Object.entries(value)) {
        if (key !== 'digest' || !isDigestSet(inner)) this.#value(`${place}.${key}`, inner);
      }
    }
  }

  #list(place: string, value: string): void {
    const key = `${place}\0${value}`;
    if (this.#values.size < MAX_LISTED || this.#values.has(key)) this.#values.set(key, { place, value });
    else this.#unlisted++;
  }
}

/** Algorithms and hexadecimal digests, which tell nothing to read. */
function isDigestSet(value: JsonValue): boolean {
  return (
    isObject(value) &&
    Object.values(value).every((digest) => typeof digest === 'string' && /^(?:[0-9a-f]{40,128})$/.test(digest))
  );
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(objectIn) : [];
}

/** What a bundle or a bare envelope holds; whatever cannot be read is counted. */
function statementIn(line: Uint8Array): Statement | undefined {
  try {
    const { envelope } = parseBundle(line, 'line');
    return envelope.payloadType === INTOTO_PAYLOAD_TYPE ? parseStatement(envelope) : undefined;
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}
