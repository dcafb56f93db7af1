import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { isIgnored, type LocatedModel } from '../model/index.ts';
import type { SaltedLogFile } from '../trainlog/index.ts';
import { realPlace } from './real-place.ts';

/** What a statement tells plain digests of. */
export interface PlainPlaces {
  readonly models: readonly Pick<LocatedModel, 'root' | 'ignored'>[];
  /** Files and folders beside the models: parents, inputs, configuration, other logs. */
  readonly others: readonly string[];
}

/**
 * Refuses a salted log of which the same statement would tell a plain digest, a secret that would be handed on, and one secret
 * for two logs.
 *
 * @throws StemmaError USAGE
 */
export function requireSaltedApart(logs: readonly SaltedLogFile[], { models, others }: PlainPlaces): void {
  if (logs.length === 0) return;
  requireDistinct(logs);
  const around = [
    ...models.map(({ root, ignored }) => ({ place: realPlace(root), ignored: new Set(ignored), name: root })),
    ...others.map((other) => ({ place: realPlace(other), ignored: new Set<string>(), name: other })),
  ];
  for (const { file, secret } of logs) {
    for (const [given, what] of [
      [file, 'the salted log'],
      [secret, 'the secret'],
    ] as const) {
      const found = around.find(({ place, ignored }) => isCovered(realPlace(given), place, ignored));
      if (found === undefined) continue;
      const [name, outer] = [given, found.name].map((each) => quote(path.basename(path.resolve(each))));
      const message = `${what} ${name} is or lies in ${outer}, whose plain digest is published: its records could be guessed`;
      throw new StemmaError('USAGE', message, { hint: 'keep it elsewhere; in the model, leave it out with --ignore' });
    }
  }
}

function requireDistinct(logs: readonly SaltedLogFile[]): void {
  const taken = new Set<string>();
  for (const { file, secret } of logs) {
    for (const given of [file, secret]) {
      const place = realPlace(given);
      const name = quote(path.basename(given));
      if (taken.has(place)) {
        throw new StemmaError('USAGE', `${name} is named twice among the salted logs and their secrets`, {
          hint: 'each salted log has a secret of its own',
        });
      }
      taken.add(place);
    }
  }
}

/** Whether a place is another, or lies below it and is not left out there. */
function isCovered(place: string, outer: string, ignored: ReadonlySet<string>): boolean {
  const relative = path.relative(outer, place);
  if (relative === '') return true;
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return false;
  return !isIgnored(relative.split(path.sep).join('/'), ignored);
}
