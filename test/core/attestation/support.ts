import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import {
  type Envelope,
  INTOTO_PAYLOAD_TYPE,
  parseStatement,
  type Statement,
} from '../../../src/core/attestation/index.ts';
import { base64Encode, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { isStemmaError } from '../../../src/core/errors/index.ts';

export const sha256 = (data: Uint8Array | string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(data).digest());
export const sha256Hex = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** The code that a call fails with; a call that succeeds or throws anything but a StemmaError fails the test. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (isStemmaError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

/** The JSON pointer of the error. */
export function pointerOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (isStemmaError(error)) return error.details?.['pointer'];
    throw error;
  }
  return expect.fail('expected an error');
}

export const envelopeOf = (payload: Uint8Array): Envelope => ({
  payloadType: INTOTO_PAYLOAD_TYPE,
  payload,
  signatures: [{ sig: Uint8Array.of(1), keyid: undefined }],
});

/** A statement read back from JSON text or from a value. */
export function statementOf(json: unknown): Statement {
  return parseStatement(envelopeOf(encodeUtf8(typeof json === 'string' ? json : JSON.stringify(json))));
}

export const readStatement = (payload: Uint8Array): Statement => parseStatement(envelopeOf(payload));

export const base64 = (text: string): string => base64Encode(encodeUtf8(text));

export type Place = readonly (string | number)[];

const isObject = (value: unknown): value is Readonly<Record<string | number, unknown>> =>
  typeof value === 'object' && value !== null;

/** A copy with one member replaced or added; `undefined` deletes it. Path components are member names or indices. */
export function withMember(value: unknown, [key, ...rest]: Place, member: unknown): unknown {
  if (key === undefined) return member;
  if (!isObject(value)) throw new TypeError(`nothing at ${key}`);
  const inner = withMember(value[key], rest, member);
  if (!Array.isArray(value)) {
    const { [key]: _, ...others } = value;
    return inner === undefined ? others : { ...value, [key]: inner };
  }
  const copy: unknown[] = [...value];
  copy[Number(key)] = inner;
  return copy;
}

/** The predicate of a payload of ours, with its members. */
export function predicateOf(payload: Uint8Array): Readonly<Record<string, unknown>> {
  const { predicate } = parseStatement(envelopeOf(payload));
  return predicate ?? expect.fail('expected a predicate');
}

/** Reads a JSON file that holds an object. */
export function readJsonObject(...parts: readonly string[]): object {
  const value: unknown = JSON.parse(readFileSync(path.join(...parts), 'utf8'));
  return isObject(value) ? value : expect.fail('expected a JSON object');
}
