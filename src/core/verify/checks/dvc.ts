import { lastPart } from '../../attestation/index.ts';
import { quote } from '../../bytes/index.ts';
import type { DvcInput, FoundDvcLock } from '../../claims/index.ts';
import type { LineageGraph } from '../../lineage/index.ts';
import type { Check } from '../report.ts';
import { type Linked, roleOf, signedLinks } from './card.ts';

type Finding = Pick<Check, 'outcome' | 'message'>;

/** Said in one message; a lock file may have thousands. */
const MAX_SHOWN = 10;

/**
 * Holds what a `dvc.lock` says of how the model was made against what is signed. It has MD5s, and a link other digests, so that paths
 * can only be compared with names: by the last part, whatever the case. A link may also be to what an earlier stage made the input
 * of. Neither is believed over the other, and the check is never required.
 */
export function dvcCheck({ name, claims, differences }: FoundDvcLock, graph: LineageGraph): Check {
  const linked = signedLinks(graph).filter(({ edge }) => roleOf(edge) !== undefined);
  const findings =
    differences.length > 0
      ? differences.map((message): Finding => ({ outcome: 'fail', message: `it is of another version: ${message}` }))
      : [...compareLinks(linked, claims.inputs), ...compareInputs(linked, claims.inputs)];
  const found = (['fail', 'unknown'] as const).find((outcome) =>
    findings.some((finding) => finding.outcome === outcome),
  );
  const worst = linked.length === 0 ? 'skip' : (found ?? 'pass');
  const shown = found === undefined ? findings : findings.filter(({ outcome }) => outcome !== 'pass');
  return {
    id: 'lineage.dvc',
    step: 'lineage',
    title: 'dvc.lock',
    required: false,
    outcome: worst,
    message: `${name}, stage ${claims.stages
      .map((stage) => quote(stage, 80))
      .slice(0, MAX_SHOWN)
      .join(', ')}: ${sentence(shown)}`,
  };
}

function sentence(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'it names no data and no model';
  const more = findings.length - MAX_SHOWN;
  const messages = findings.slice(0, MAX_SHOWN).map(({ message }) => message);
  return [...messages, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function compareLinks(linked: readonly Linked[], inputs: readonly DvcInput[]): Finding[] {
  const read = new Set(inputs.flatMap(({ path, madeOf }) => [path, ...madeOf]).map(lastPart));
  return linked.flatMap(({ edge, name }): Finding[] => {
    if (name === undefined) return [];
    const what = `${roleOf(edge) === 'dataset' ? 'dataset' : 'base model'} ${quote(name, 80)}`;
    return read.has(lastPart(name))
      ? [{ outcome: 'pass', message: `it and a signed link name the ${what}` }]
      : [{ outcome: 'fail', message: `a signed link names the ${what}, which no stage behind the model read` }];
  });
}

function compareInputs(linked: readonly Linked[], inputs: readonly DvcInput[]): Finding[] {
  const named = new Set(linked.flatMap(({ name }) => (name === undefined ? [] : [lastPart(name)])));
  return inputs
    .filter((input) => !input.isCode)
    .flatMap((input): Finding[] => {
      const { path, problem, madeOf } = input;
      if (problem !== undefined)
        return [
          { outcome: 'unknown', message: `it read ${quote(path, 80)}, which is not compared: the path ${problem}` },
        ];
      if ([path, ...madeOf].some((each) => named.has(lastPart(each)))) return [];
      return [
        {
          outcome: 'unknown',
          message: `it read ${quote(path, 80)}, which no signed link names; whether that is data or a model it does not say`,
        },
      ];
    });
}
