/**
 * Reads a policy with the keys that it names: see policy-file.ts, which is loaded here, since YAML, regular expressions and a schema are
 * of no use to a run without a policy.
 *
 * @throws StemmaError POLICY_INVALID, POLICY_UNTRUSTED, PATH_NOT_FOUND, FILE_UNREADABLE
 */
export async function loadPolicy(...args: Parameters<typeof import('./policy-file.ts').loadPolicy>) {
  const { loadPolicy } = await import('./policy-file.ts');
  return loadPolicy(...args);
}

/**
 * A policy that a model meets, from its evidence: see policy-draft.ts.
 *
 * @throws StemmaError as `verifyModel`; USAGE where a certificate names nobody
 */
export async function draftPolicy(...args: Parameters<typeof import('./policy-draft.ts').draftPolicy>) {
  const { draftPolicy } = await import('./policy-draft.ts');
  return draftPolicy(...args);
}
