import { BASE_RELATIONS, lastPart } from '../../attestation/index.ts';
import { quote } from '../../bytes/index.ts';
import type { CardClaims } from '../../claims/index.ts';
import type { LineageEdge, LineageGraph } from '../../lineage/index.ts';
import { mayBeSameLicence } from '../../policy/index.ts';
import type { Check } from '../report.ts';

type Finding = Pick<Check, 'outcome' | 'message'>;

/**
 * Holds what a model card says against what is signed. A card names what a link digests, so that names can only be compared with
 * names: by the last part, `org/name` with `name`, whatever the case. Neither is believed over the other: where they differ somebody
 * has to look. Nothing rests on it, so the check is never required.
 *
 * @returns undefined where the card claims nothing, and nothing signed could be in it
 */
export function cardCheck(card: CardClaims, graph: LineageGraph, licences: readonly string[]): Check | undefined {
  const linked = signedLinks(graph);
  const isBase = ({ edge }: Linked): boolean => roleOf(edge) === 'base';
  const findings = [
    ...compareNames('base model', card.bases, linked.filter(isBase), furtherUp(graph, 'base')),
    ...compareRelations(card, linked.filter(isBase)),
    ...compareNames(
      'dataset',
      card.datasets,
      linked.filter(({ edge }) => roleOf(edge) === 'dataset'),
      furtherUp(graph, 'dataset'),
    ),
    ...compareLicences(card.licences, licences),
  ];
  if (findings.length === 0) return undefined;
  const found = (['fail', 'missing', 'unknown'] as const).find((outcome) =>
    findings.some((finding) => finding.outcome === outcome),
  );
  // Where nobody signed how the model was made there is nothing to hold a card against.
  const worst = linked.length === 0 ? 'skip' : found;
  const shown = worst === undefined ? findings : findings.filter(({ outcome }) => outcome !== 'pass');
  return {
    id: 'lineage.card',
    step: 'lineage',
    title: 'model card',
    required: false,
    outcome: worst ?? 'pass',
    message: shown.map(({ message }) => message).join('; '),
  };
}

/** The links that trusted signers say the model has. */
export function signedLinks(graph: LineageGraph): readonly Linked[] {
  const [model] = graph.nodes;
  const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
  return graph.edges
    .filter(({ child, says }) => child === model?.id && says.length > 0)
    .map((edge) => ({ edge, name: names.get(edge.parent) }));
}

export interface Linked {
  readonly edge: LineageEdge;
  /** As the link names the parent. */
  readonly name: string | undefined;
}

/** Which of the two lists of a card a link belongs to; none for evaluations and what a run was made with. */
export function roleOf({ relation }: LineageEdge): 'base' | 'dataset' | undefined {
  if (relation === 'trained-on') return 'dataset';
  return BASE_RELATIONS.some((known) => known === relation) ? 'base' : undefined;
}

/** Verified ancestors of ancestors, by their names: a card lists the data of a merged model, which only its parents read. */
function furtherUp({ nodes }: LineageGraph, role: 'base' | 'dataset'): ReadonlySet<string> {
  const verified = nodes.filter((node) => node.role === role && node.depth > 1 && node.outcome === 'pass');
  return new Set(verified.flatMap(({ name }) => (name === undefined ? [] : [lastPart(name)])));
}

function compareNames(
  what: string,
  named: readonly string[],
  linked: readonly Linked[],
  further: ReadonlySet<string>,
): Finding[] {
  const isDirect = (name: string): boolean => linked.some((link) => lastPart(link.name ?? '') === lastPart(name));
  const isFurther = (name: string): boolean => !isDirect(name) && further.has(lastPart(name));
  return [
    ...named.filter(isFurther).map((name) => ({
      outcome: 'pass' as const,
      message: `the card names the ${what} ${quote(name, 80)}, a verified ancestor further up`,
    })),
    ...compareDirect(
      what,
      named.filter((name) => !isFurther(name)),
      linked,
    ),
  ];
}

function compareDirect(what: string, claimed: readonly string[], linked: readonly Linked[]): Finding[] {
  if (linked.length === 0)
    return claimed.map((name) => ({
      outcome: 'missing',
      message: `the card names the ${what} ${quote(name, 80)}; no signed link says so`,
    }));
  const named = new Set(linked.flatMap(({ name }) => (name === undefined ? [] : [lastPart(name)])));
  const unnamed = linked.filter(({ name }) => name === undefined).length;
  const wanted = new Set(claimed.map(lastPart));
  const absent = claimed.filter((name) => !named.has(lastPart(name)));
  const extra = linked.filter(({ name }) => name !== undefined && !wanted.has(lastPart(name)));
  // A link without a name may be to any of those that are named nowhere.
  const isOpen = absent.length > 0 && absent.length <= unnamed;
  return [
    ...claimed.filter((name) => named.has(lastPart(name))).map((name) => agreed(what, name)),
    ...absent.map(
      (name): Finding => ({
        outcome: isOpen ? 'unknown' : 'fail',
        message: isOpen
          ? `the card names the ${what} ${quote(name, 80)}; a signed link that gives no name may mean it`
          : `the card names the ${what} ${quote(name, 80)}, which no signed link does`,
      }),
    ),
    ...extra.map(
      ({ name }): Finding => ({
        outcome: 'fail',
        message: `a signed link names the ${what} ${quote(name ?? '', 80)}, which the card does not`,
      }),
    ),
  ];
}

const agreed = (what: string, name: string): Finding => ({
  outcome: 'pass',
  message: `card and signed links name the ${what} ${quote(name, 80)}`,
});

/** `base_model_relation` is one word for all base models. */
function compareRelations({ relation }: CardClaims, linked: readonly Linked[]): Finding[] {
  if (relation === undefined) return [];
  const others = new Set(linked.map(({ edge }) => edge.relation).filter((signed) => signed !== relation));
  return [...others].map((signed) => ({
    outcome: 'fail',
    message: `the card says ${relation}, and a signed link ${signed}`,
  }));
}

/** Only where a licence is signed at all. A card has the words of the Hub: `gpl-3.0` is no other licence than `GPL-3.0-only`. */
function compareLicences(claimed: readonly string[], signed: readonly string[]): Finding[] {
  if (claimed.length === 0 || signed.length === 0) return [];
  return claimed
    .filter((licence) => !signed.some((each) => mayBeSameLicence(each, licence)))
    .map((licence) => ({
      outcome: 'fail',
      message: `the card says the licence is ${quote(licence, 80)}, and what is signed ${signed.map((each) => quote(each, 80)).join(', ')}`,
    }));
}
