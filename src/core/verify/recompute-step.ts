import type { Link, Provenance } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { compareDigestSets, type DigestSet } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { fileSet, isIgnored, planModel } from '../model/index.ts';
import {
  COMPUTED_RELATIONS,
  type ComputedRelation,
  chooseRecipe,
  notCompared,
  type Recomputation,
  recompute,
  type Weights,
  weightsOf,
} from '../recompute/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { recomputeResult } from './checks/recompute.ts';
import type { EvaluateContext } from './evaluated.ts';
import type { VerifyOptions } from './options.ts';
import { rebuiltEntry } from './rebuilt.ts';
import { type GivenParent, matchParents, parentBytes } from './recompute-parents.ts';
import type { Check, EvidenceRef, Rebuilt } from './report.ts';
import { identityEvidence } from './requirements.ts';

export interface RecomputeStep {
  readonly checks: readonly Check[];
  readonly rebuilt: readonly Rebuilt[];
}

/** What a trusted provenance says the model was computed from. */
interface Derivation {
  readonly relation: ComputedRelation;
  readonly links: readonly Link[];
  readonly provenance: Provenance;
  readonly ref: EvidenceRef;
  readonly observed: DigestSet;
}

/**
 * `--recompute`: computes the model again from the parents that were given, as far as trusted provenance about these bytes says
 * that it was computed. What it says of training is not, and skipped.
 *
 * @param matched statements that match these bytes
 * @throws StemmaError PATH_NOT_FOUND (a parent), INTERRUPTED
 */
export async function recomputeStep(
  matched: readonly Candidate[],
  context: EvaluateContext,
  options: VerifyOptions,
): Promise<RecomputeStep> {
  const trusted = matched.filter(({ statement }) => statement.trust === 'trusted');
  const derivations = derivationsIn(trusted);
  const links = trusted.flatMap(({ statement: { content } }) =>
    content.kind === 'provenance' ? content.provenance.links.filter(isBase) : [],
  );
  const tooMuch = await beyondLimit(context, options);
  if (tooMuch !== undefined) return { checks: [{ ...BASE, outcome: 'unknown', message: tooMuch }], rebuilt: [] };
  const { byLink, checks } = await matchParents(links, options);
  if (derivations.length === 0) return { checks: [...checks, nothingComputed(trusted, links)], rebuilt: [] };
  const found: Check[] = [];
  const rebuilt: Rebuilt[] = [];
  const vouched = identityEvidence(matched, options);
  for (const derivation of derivations) {
    const { check, result } = await orError(derivation, () => {
      const left = leftOut(derivation.provenance, vouched, context);
      return left === undefined
        ? rebuild(derivation, byLink, context, options)
        : Promise.resolve(
            undecided(
              derivation,
              `the provenance leaves out ${quote(left, 80)}, whose weights are then compared with nothing`,
            ),
          );
    });
    found.push(check);
    if (result !== undefined) rebuilt.push(rebuiltEntry(derivation.relation, names(derivation), result));
  }
  return { checks: [...checks, ...found, ...skippedRelations(links)], rebuilt };
}

const BASE = { id: 'lineage.recompute', step: 'lineage', title: 'computed again', required: true } as const;

const isBase = ({ role }: Link): boolean => role === 'base-model';

/** Signed by several, or on several lines, the same derivation is computed once. */
function derivationsIn(trusted: readonly Candidate[]): readonly Derivation[] {
  const known = new Map<string, Derivation>();
  for (const { statement, match } of trusted) {
    const { content, ref } = statement;
    if (content.kind !== 'provenance') continue;
    const { provenance } = content;
    for (const relation of COMPUTED_RELATIONS) {
      const links = provenance.links.filter((link) => link.relation === relation);
      const { ignored, opaque, parameters } = provenance;
      const key = JSON.stringify([relation, links, ignored, opaque, parameters]);
      if (links.length > 0 && !known.has(key))
        known.set(key, { relation, links, provenance, ref, observed: match.observed });
    }
  }
  return [...known.values()];
}

interface Found {
  readonly check: Check;
  readonly result?: Recomputation;
}

async function rebuild(
  derivation: Derivation,
  byLink: ReadonlyMap<Link, GivenParent>,
  context: EvaluateContext,
  options: VerifyOptions,
): Promise<Found> {
  const { links, relation, provenance, observed } = derivation;
  const base = baseOf(derivation);
  const absent = links.filter((link) => !byLink.has(link));
  if (absent.length > 0) return { check: { ...base, ...missingParents(absent) } };
  const given = links.map((link) => byLink.get(link) as GivenParent);
  // The statement of such a link is mostly set aside as an ancestor's; not where it names itself by other digests than its subject.
  const isFile = context.listing.kind === 'file';
  if (given.some(({ digests }) => compareDigestSets(digests, observed, isFile).kind === 'match'))
    return { check: { ...base, outcome: 'fail', message: 'the model is said to be computed from itself' } };
  const kept = given.find(({ leftOut: file }) => file !== undefined)?.leftOut;
  if (kept !== undefined)
    return undecided(
      derivation,
      `the link to the parent leaves out ${quote(kept, 80)}, whose weights are then not looked for`,
    );
  const own = await ownWeights(provenance, context, options);
  if (own.unread !== undefined)
    return undecided(
      derivation,
      `${quote(own.unread, 80)} may hold weights in a format that is not read, which are compared with nothing`,
    );
  const parents = given.map(({ weights }) => weights);
  const recipe = chooseRecipe(
    relation,
    links.map(({ share }, i) => ({ share, isAdapter: (parents[i] as Weights).adapterConfig !== undefined })),
    provenance.parameters,
  );
  if ('undecided' in recipe) return undecided(derivation, recipe.undecided, recipe.hint);
  const result = await recompute(own, parents, recipe, options);
  return { check: { ...base, ...recomputeResult(result, names(derivation)) }, result };
}

const undecided = (derivation: Derivation, why: string, hint?: string): Found => ({
  check: {
    ...baseOf(derivation),
    outcome: 'unknown',
    message: `not computed: ${why}`,
    ...(hint === undefined ? {} : { hint }),
  },
  result: notCompared(why),
});

/**
 * A file that the verdict vouches for and this provenance is not about, or takes as plain bytes. Its signer chose that, and he is whom a
 * recomputation is not to depend on: weights in such a file would be part of the model, and of no comparison.
 */
function leftOut(
  { ignored, opaque }: Provenance,
  vouched: readonly Candidate[],
  { listing, allowSymlinks }: EvaluateContext,
): string | undefined {
  const out = new Set([...ignored, ...opaque]);
  const { files } = fileSet(listing, { ignored: [], allowSymlinks });
  return files.find(({ path }) => isIgnored(path, out) && vouched.some(({ match }) => match.covered.has(path)))?.path;
}

/** The model's own tensors, of the files that the provenance is about. */
async function ownWeights(
  { ignored, opaque }: Provenance,
  { listing, allowSymlinks, headers }: EvaluateContext,
  { signal }: VerifyOptions,
): Promise<Weights> {
  const set = fileSet(listing, { ignored, allowSymlinks });
  return weightsOf(await planModel(set, { opaque, signal, known: headers }));
}

const nameOf = ({ name, uri }: Link): string => name ?? uri ?? 'an unnamed parent';
const names = ({ links }: Derivation): string[] => links.map(nameOf);

const baseOf = (derivation: Derivation) => ({
  ...BASE,
  title: `computed again, ${derivation.relation} ${names(derivation).join(' and ')}`,
  evidence: derivation.ref,
});

function missingParents(absent: readonly Link[]): Pick<Check, 'outcome' | 'message' | 'hint'> {
  return {
    outcome: 'missing',
    message: `no --parent has the bytes of ${absent.map((link) => JSON.stringify(nameOf(link))).join(' and ')}`,
    hint: 'give every parent of this relation with --parent: a folder or file with the bytes that the link names',
  };
}

/** Nothing compared is nothing verified. */
function nothingComputed(trusted: readonly Candidate[], links: readonly Link[]): Check {
  const relations = [...new Set(links.map(({ relation }) => relation))].join(', ');
  if (relations !== '')
    return { ...BASE, outcome: 'skip', message: `${relations} is training, which cannot be computed again` };
  return trusted.some(({ statement: { content } }) => content.kind === 'provenance')
    ? { ...BASE, outcome: 'skip', message: 'its signed provenance names no model that it was computed from' }
    : { ...BASE, outcome: 'missing', message: 'no provenance of these bytes by a trusted signer was found' };
}

function skippedRelations(links: readonly Link[]): Check[] {
  const trained = links.filter(({ relation }) => !COMPUTED_RELATIONS.some((each) => each === relation));
  return [...new Set(trained.map(({ relation }) => relation))].map((relation) => ({
    ...BASE,
    required: false,
    outcome: 'skip',
    message: `${relation} is training, which cannot be computed again`,
  }));
}

async function beyondLimit({ listing }: EvaluateContext, options: VerifyOptions): Promise<string | undefined> {
  if (options.maxBytes === undefined) return undefined;
  const bytes = listing.files.bytes() + (await parentBytes(options));
  return bytes > options.maxBytes
    ? `model and parents have ${bytes} bytes, more than --max-bytes ${options.maxBytes}`
    : undefined;
}

/** Design §5: what breaks while the tensors are read is this check's finding. */
async function orError(derivation: Derivation, work: () => Promise<Found>): Promise<Found> {
  try {
    return await work();
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    const errorClass = error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
    return { check: { ...baseOf(derivation), outcome: 'error', errorClass, message: error.message } };
  }
}
