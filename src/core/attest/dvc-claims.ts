import { type Link, lastPart } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { FoundDvcLock } from '../claims/index.ts';
import type { AttestOptions } from './options.ts';

/** Named in one warning. */
const MAX_NAMED = 20;

/**
 * Says which flags would sign what a `dvc.lock` claims: of its inputs those that nothing given is called like, and the parameters. It
 * has MD5s alone, so that none of it becomes a link by itself, and does not say which inputs are data, which models.
 */
export function sayDvcClaims(
  { name, claims, differences }: FoundDvcLock,
  links: readonly Link[],
  { parameters, onWarning, ...given }: AttestOptions,
): void {
  if (differences.length > 0) {
    onWarning?.(`nothing is taken of ${name}, which is of another version of the model: ${differences[0]}`);
    return;
  }
  const files = [...given.configs, ...given.logs, ...(given.saltedLogs ?? []).map(({ file }) => file)];
  const known = new Set([...links.flatMap((link) => link.name ?? []), ...files].map(lastPart));
  const open = claims.inputs.filter(
    (input) => !input.isCode && ![input.path, ...input.madeOf].some((each) => known.has(lastPart(each))),
  );
  if (open.length > 0)
    onWarning?.(
      `${name} says that the model was made of ${listed(open.map(({ path }) => path))}, and has no digest that a link may have: ` +
        'add --dataset REF or --base REF for what is data or a model',
    );
  const unsaid = claims.parameters.filter((each) => !Object.hasOwn(parameters, each.name));
  if (unsaid.length > 0)
    onWarning?.(
      `${name} has parameters that are not recorded; those that may be public: ${unsaid
        .slice(0, MAX_NAMED)
        .map((each) => `--param ${quote(`${each.name}=${each.value}`, 100)}`)
        .join(' ')}${more(unsaid.length)}`,
    );
}

const listed = (paths: readonly string[]): string =>
  paths
    .slice(0, MAX_NAMED)
    .map((path) => quote(path, 100))
    .join(', ') + more(paths.length);

const more = (count: number): string => (count > MAX_NAMED ? ` and ${count - MAX_NAMED} more` : '');
