import { type BaseRelation, isLicenseExpression, type Link, lastPart } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { type CardClaims, findDvcLock, readCard } from '../claims/index.ts';
import { StemmaError } from '../errors/index.ts';
import { walkModel } from '../model/index.ts';
import { sayDvcClaims } from './dvc-claims.ts';
import type { AttestOptions } from './options.ts';
import { DEFAULT_RELATION } from './reference.ts';

/** The parameter of a provenance that says under which licence the model is. */
const LICENCE = 'license';

/** A card, a `dvc.lock`, and what was taken of them. */
export interface TakenCard {
  /** With what a card says that can be signed as it is: its relation, where none was given, and its licence. */
  readonly options: AttestOptions;
  /** Says which parents they name and none of these links does. */
  sayUnlinked(links: readonly Link[]): void;
}

/**
 * Reads the card of a model, and its `dvc.lock`, for `attest --from-card`.
 *
 * @throws StemmaError USAGE where it has neither; CARD_INVALID, DVC_LOCK_INVALID, and as `walkModel`
 */
export async function takeCard(options: AttestOptions): Promise<TakenCard> {
  const { model, allowSymlinks, signal } = options;
  const listing = await walkModel(model, { allowSymlinks, signal });
  const { kind, files } = listing;
  const location = kind === 'folder' ? files.named('README.md')?.location : undefined;
  const card = location === undefined ? undefined : await readCard(location);
  const dvc = await findDvcLock(listing);
  if (card === undefined && dvc === undefined) {
    throw new StemmaError(
      'USAGE',
      '--from-card expects a README.md with front matter in the model, or a dvc.lock with a stage that made it, found neither',
      { hint: 'the front matter is the YAML between two lines "---" at its head' },
    );
  }
  const { relation, licences = [] } = card ?? {};
  const bases = options.bases.map((base) =>
    base.relationGiven || relation === undefined ? base : { ...base, relation, relationGiven: true },
  );
  return {
    options: { ...options, bases, parameters: withLicence(options, licences) },
    sayUnlinked: (links) => {
      if (card !== undefined) sayUnlinked(card, links, options.onWarning);
      if (dvc !== undefined) sayDvcClaims(dvc, links, options);
    },
  };
}

function withLicence(
  { parameters, onWarning }: Pick<AttestOptions, 'parameters' | 'onWarning'>,
  [licence, ...others]: readonly string[],
): Readonly<Record<string, string>> {
  if (licence === undefined || Object.hasOwn(parameters, LICENCE)) return parameters;
  if (others.length === 0 && isLicenseExpression(licence)) return { ...parameters, [LICENCE]: licence };
  const found =
    others.length === 0 ? `${quote(licence, 80)} is no SPDX expression` : 'whether all of them apply is not said';
  onWarning?.(`the licence of the card is not recorded: ${found}; say it with --param ${LICENCE}=EXPRESSION`);
  return parameters;
}

/**
 * Says which parents the card names and no link of ours does. A name is never made into a link: a link is a digest, and where to get
 * that the card does not say.
 */
function sayUnlinked(
  { bases, datasets, relation = DEFAULT_RELATION }: CardClaims,
  links: readonly Link[],
  onWarning: AttestOptions['onWarning'],
): void {
  const say = (what: string, name: string, flag: string): void =>
    onWarning?.(
      `the card names the ${what} ${quote(name, 200)}, and no link is signed to it: add ${flag} with its path, evidence file or digest set`,
    );
  for (const name of unlinked(bases, links, 'base-model')) say('base model', name, flagOf(relation));
  for (const name of unlinked(datasets, links, 'dataset')) say('dataset', name, '--dataset REF');
}

const flagOf = (relation: BaseRelation): string => `--base ${relation}=REF`;

/** Links that have no name may be to any of those that are named nowhere. */
function unlinked(names: readonly string[], links: readonly Link[], role: Link['role']): readonly string[] {
  const own = links.filter((link) => link.role === role);
  const named = new Set(own.flatMap(({ name }) => (name === undefined ? [] : [lastPart(name)])));
  const unnamed = own.filter(({ name }) => name === undefined).length;
  return names.filter((name) => !named.has(lastPart(name))).slice(unnamed);
}
