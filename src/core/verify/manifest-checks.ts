import type { Candidate } from './checks/candidate.ts';
import type { ManifestShelf } from './manifest-shelf.ts';
import type { Check } from './report.ts';

/**
 * The manifest of each matched model statement. Required only by `--require manifest`: the signed roots have been compared with
 * the bytes without it.
 */
export async function checkManifests(
  matched: readonly Candidate[],
  shelf: ManifestShelf,
  required: boolean,
): Promise<Check[]> {
  const checks: Check[] = [];
  const make = (outcome: Check['outcome'], message: string, extra: Partial<Check> = {}): Check => ({
    id: 'content.manifest',
    step: 'content',
    title: 'the manifest is the signed one',
    required,
    outcome,
    message,
    ...extra,
  });
  for (const { statement } of matched) {
    const state = await shelf.state(statement);
    const evidence = { evidence: statement.ref };
    if (state === undefined) continue;
    if (state.state === 'usable')
      checks.push(make('pass', `${state.manifest.files.size} files; SHA-256 and every root equal`, evidence));
    else if (state.state === 'absent')
      checks.push(make('missing', 'the statement names a manifest that is not here', evidence));
    else if (state.state === 'contradicts') checks.push(make('fail', state.message, evidence));
    else {
      const errorClass = state.error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
      checks.push(make('error', state.error.message, { errorClass, ...evidence }));
    }
  }
  if (required && checks.length === 0) checks.push(make('missing', 'no matched statement names a manifest'));
  // One statement without its manifest does not spoil the requirement that another one meets.
  if (required && checks.some(({ outcome }) => outcome === 'pass')) {
    for (const [index, entry] of checks.entries())
      if (entry.outcome === 'missing') checks[index] = { ...entry, required: false };
  }
  if (shelf.strangers > 0) {
    checks.push({ ...make('skip', 'another manifest: no authenticated statement names it'), required: false });
  }
  return checks;
}
