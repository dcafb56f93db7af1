import type { Material, ObservedRun } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { FILE_TREE } from '../digest/index.ts';
import type { Observation } from '../run/index.ts';
import type { Materials } from './materials.ts';

/** How many a warning names. */
const MAX_NAMED = 5;

/** What was observed, as the provenance says it: undeclared files as inputs, the many as the environment, and addresses. */
export function observedMaterials(
  materials: Materials,
  observation: Observation | undefined,
): { readonly materials: Materials; readonly run: Pick<ObservedRun, 'observation' | 'contacts'> } {
  if (observation === undefined) return { materials, run: {} };
  const { tool, complete, gaps, contacts } = observation;
  const inputs = observation.files.map(
    ({ name, sha256 }): Material => ({
      name,
      uri: undefined,
      digest: { sha256 },
      evidence: 'observed',
      undeclared: true,
    }),
  );
  const environment = observation.groups.map(
    ({ place, files, fileTree }): Material => ({
      name: place,
      uri: undefined,
      digest: { [FILE_TREE]: fileTree },
      evidence: 'observed',
      files,
    }),
  );
  return {
    materials: {
      ...materials,
      inputs: [...materials.inputs, ...inputs],
      environment: [...materials.environment, ...environment],
    },
    run: {
      observation: { tool, complete, gaps },
      contacts: contacts.map(({ address, direction, reached }) => ({
        uri: address,
        direction,
        reached,
        evidence: 'observed',
      })),
    },
  };
}

/** Says what the run did that nobody had declared, and what of it is not known. */
export function warnOfObserved(
  observation: Observation | undefined,
  warn: ((message: string) => void) | undefined,
): void {
  if (observation === undefined) return;
  const { files, groups, unsettled, unsettledCount, contacts, gaps } = observation;
  const many = groups.filter(({ place }) => place === 'working-folder' || place === 'outside');
  const undeclared = [
    ...files.map(({ name }) => quote(name, 80)),
    ...many.map(({ place, files: count }) => `${count} files ${place === 'outside' ? place : 'of the working folder'}`),
  ];
  if (undeclared.length > 0) warn?.(`read and not declared: ${named(undeclared, undeclared.length)}`);
  if (unsettledCount > 0) {
    const names = unsettled.map(({ name, why }) => `${quote(name, 80)} (${why})`);
    warn?.(`read, not declared, and by now not what was read: ${named(names, unsettledCount)}`);
  }
  const addresses = contacts.filter(({ address }) => address !== 'unix:').map(({ address }) => quote(address, 80));
  if (addresses.length > 0) warn?.(`addresses that were contacted or tried: ${named(addresses, addresses.length)}`);
  const reasons = Object.entries(gaps).map(([gap, count]) => `${gap} (${count})`);
  if (reasons.length > 0) warn?.(`the observation is not complete: ${named(reasons, reasons.length)}`);
}

function named(names: readonly string[], count: number): string {
  const shown = names.slice(0, MAX_NAMED);
  return [...shown, ...(count > shown.length ? [`${count - shown.length} more`] : [])].join(', ');
}
