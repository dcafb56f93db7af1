import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parsePublicKey } from '../../../src/core/keys/index.ts';
import type { Check, Report, TrustEntry } from '../../../src/core/verify/index.ts';
import { type Actor, type Family, type Member, makeFamily } from '../../support/family.ts';
import { checksOf, tempFolder, verify } from './support.ts';

export const LINES = 'model.attestations.jsonl';

/** Everybody whose word some ancestor of `merged-gguf` needs. */
export const MAKERS = ['data-owner', 'publisher', 'trainer-one', 'trainer-two', 'release'] as const;

/** One family for a whole test file; `remove` takes it away. */
export async function sharedFamily(): Promise<Family & { readonly remove: () => void }> {
  const dir = mkdtempSync(path.join(tmpdir(), 'stemma-family-'));
  const family = await makeFamily(dir);
  return { ...family, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export const trusting = (family: Family, ...actors: readonly Actor[]): TrustEntry[] =>
  actors.map((actor) => ({ kind: 'key', label: actor, key: parsePublicKey(readFileSync(family.pub(actor))) }));

/** A copy of a member to spoil; `rename` as what it is put. */
export function copyOf(family: Family, member: Member): string {
  const copy = path.join(tempFolder(), member);
  cpSync(family.member(member), copy, { recursive: true });
  return copy;
}

/** `verify MODEL --key KEY --ancestor-key …`. */
export const verifyLineage = (
  family: Family,
  model: string,
  { key, ancestors, ...more }: LineageRun,
): Promise<Report> =>
  verify(model, {
    trust: trusting(family, key),
    ...(ancestors === undefined ? {} : { ancestors: { trust: trusting(family, ...ancestors) } }),
    ...more,
  });

export interface LineageRun {
  readonly key: Actor;
  readonly ancestors?: readonly Actor[];
  readonly maxDepth?: number;
  readonly attestations?: readonly string[];
}

/** `CHILD RELATION PARENT: outcome` of every check of an ancestor, sorted. */
export const ancestorChecks = (report: Report): string[] =>
  checksOf(report, 'lineage.ancestor')
    .map(({ title, outcome }) => `${title.replaceAll('"', '')}: ${outcome}`)
    .toSorted();

/** The check whose title is this one, without quotes. */
export function linkCheck(report: Report, title: string): Check {
  const found = checksOf(report, 'lineage.ancestor').find((check) => check.title.replaceAll('"', '') === title);
  if (found === undefined) throw new Error(`no ${title} among ${ancestorChecks(report).join('; ')}`);
  return found;
}

/** A line of an attestations file, and what it says. */
export interface Line {
  readonly text: string;
  readonly predicateType: string;
  /** Of its first subject. */
  readonly name: string | undefined;
}

export function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const { dsseEnvelope }: { readonly dsseEnvelope: { readonly payload: string } } = JSON.parse(text);
      const { predicateType, subject }: { predicateType: string; subject: readonly { readonly name?: string }[] } =
        JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
      return { text, predicateType, name: subject[0]?.name };
    });
}

export function writeLines(file: string, lines: readonly Line[]): void {
  writeFileSync(file, lines.map(({ text }) => `${text}\n`).join(''));
}

/** Leaves out the lines for which `drop` holds, at least one of them. */
export function dropLines(file: string, drop: (line: Line) => boolean): void {
  const lines = readLines(file);
  const kept = lines.filter((line) => !drop(line));
  if (kept.length === lines.length) throw new Error('nothing was dropped');
  writeLines(file, kept);
}
