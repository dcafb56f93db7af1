import { quote } from '../bytes/index.ts';
import { compareDigestSets } from '../digest/pure.ts';
import { type BoundPolicy, idsOf, signerId } from './bind.ts';
import { isLicenceFamily } from './licence-names.ts';
import { isRevoked, revokedIds } from './revoked.ts';
import type { PolicyDocument } from './schema.ts';
import type { Requirement } from './schema-requirement.ts';

/** `problem`: nothing, or not what was meant, can satisfy it. `advice`: works, and may surprise. */
export interface PolicyFinding {
  readonly level: 'problem' | 'advice';
  /** JSON pointer. */
  readonly at: string;
  readonly message: string;
}

const DAY = 86_400_000;
const SOON = 30 * DAY;

/** What is wrong or odd in a policy that parses, in the order of the document. */
export function lintPolicy(policy: BoundPolicy, at: Date): readonly PolicyFinding[] {
  const { document } = policy;
  return [
    ...lintExpiry(document, at),
    ...lintTrust(policy),
    ...requirementsOf(document).flatMap(([pointer, requirement]) => lintRequirement(requirement, pointer, policy)),
    ...lintNames(document),
    ...lintSummaries(document),
    ...lintLicences(document),
    ...lintReasons(document),
    ...lintWaivers(document, at),
  ];
}

const advice = (at: string, message: string): PolicyFinding => ({ level: 'advice', at, message });
const problem = (at: string, message: string): PolicyFinding => ({ level: 'problem', at, message });

function lintExpiry({ expires }: PolicyDocument, at: Date): PolicyFinding[] {
  const left = new Date(expires).getTime() - at.getTime();
  if (left <= 0) return [problem('/expires', `expired at ${expires}: nothing passes`)];
  if (left < SOON) return [advice('/expires', `expires in ${Math.ceil(left / DAY)} days`)];
  return [];
}

function requirementsOf({ requirements, lineage }: PolicyDocument): (readonly [string, Requirement])[] {
  return [
    ...requirements.map((each, i) => [`/requirements/${i}`, each] as const),
    ...(lineage?.ancestors ?? []).flatMap(({ requirements }, i) =>
      requirements.map((each, j) => [`/lineage/ancestors/${i}/requirements/${j}`, each] as const),
    ),
  ];
}

function lintTrust({ document, signers }: BoundPolicy): PolicyFinding[] {
  const used = new Set([
    ...requirementsOf(document).flatMap(([, { signers }]) => signers.anyOf),
    ...(document.lineage?.stopAt ?? []).flatMap(({ vsa }) => vsa.signers.anyOf),
  ]);
  const first = new Map<string, string>();
  return [...signers].flatMap(([name, signer]) => {
    const at = `/trust/${signer.kind === 'key' ? 'keys' : 'identities'}/${name}`;
    const same = first.get(signerId(signer));
    first.set(signerId(signer), same ?? name);
    return [
      ...(used.has(name) ? [] : [advice(at, 'no requirement names it')]),
      ...(same === undefined ? [] : [advice(at, `is the same as ${quote(same)}: both count as one signer`)]),
    ];
  });
}

function lintRequirement({ signers, match, slices }: Requirement, at: string, policy: BoundPolicy): PolicyFinding[] {
  const revoked = revokedIds(policy.document);
  const left = [...idsOf(signers.anyOf, policy)].filter((id) => !isRevoked(id, revoked)).length;
  const findings: PolicyFinding[] = [];
  if (left < signers.threshold)
    findings.push(
      problem(`${at}/signers`, `never met: ${left} of its signers are not revoked, of ${signers.threshold}`),
    );
  for (const [i, matcher] of (match ?? []).entries()) {
    const { greaterThan, atLeast, lessThan, atMost } = matcher;
    const low = Math.max(greaterThan ?? Number.NEGATIVE_INFINITY, atLeast ?? Number.NEGATIVE_INFINITY);
    const high = Math.min(lessThan ?? Number.POSITIVE_INFINITY, atMost ?? Number.POSITIVE_INFINITY);
    const isOpen = greaterThan === low || lessThan === high;
    if (low > high || (low === high && isOpen))
      findings.push(problem(`${at}/match/${i}`, 'never met: no number is in this range'));
    const { equals, in: list } = matcher;
    if (equals !== undefined && list !== undefined && !list.includes(equals))
      findings.push(problem(`${at}/match/${i}`, 'never met: equals is not among in'));
  }
  for (const [i, { maxGap }] of (slices ?? []).entries())
    if (maxGap >= 1)
      findings.push(advice(`${at}/slices/${i}`, 'a gap of 1 or more is never too large for most metrics'));
  return findings;
}

/** Digest sets that have to name one artifact: a rule for it, or an exception. */
function lintNames({ lineage, waivers = [] }: PolicyDocument): PolicyFinding[] {
  const sets = [
    ...(lineage?.ancestors ?? []).flatMap(({ digests = [] }, i) =>
      digests.map((set, j) => [`/lineage/ancestors/${i}/digests/${j}`, set] as const),
    ),
    ...(lineage?.origins?.accept ?? []).map(({ digest }, i) => [`/lineage/origins/accept/${i}`, digest] as const),
    ...waivers.map(({ subject }, i) => [`/waivers/${i}/subject`, subject] as const),
  ];
  return sets.flatMap(([at, set]) => {
    if (compareDigestSets(set, set, false).kind === 'match') return [];
    return compareDigestSets(set, set, true).kind === 'match'
      ? [
          advice(
            at,
            'names a single file, or what an OMS signature is about: a sha256 alone does not bind the names in a folder',
          ),
        ]
      : [problem(at, 'never met: no digest in it names a file or a folder')];
  });
}

function lintSummaries({ lineage }: PolicyDocument): PolicyFinding[] {
  return (lineage?.stopAt ?? []).flatMap(({ vsa }, i) =>
    vsa.maxAge === undefined ? [advice(`/lineage/stopAt/${i}/vsa`, 'without maxAge a summary stands for ever')] : [],
  );
}

function lintLicences({ lineage }: PolicyDocument): PolicyFinding[] {
  return (lineage?.licences?.allow ?? []).flatMap((id, i) =>
    isLicenceFamily(id)
      ? [advice(`/lineage/licences/allow/${i}`, `${quote(id)} is a family: none of its licences is allowed by that`)]
      : [],
  );
}

function lintReasons({ revoked, lineage }: PolicyDocument): PolicyFinding[] {
  const lists = [
    ['/revoked/keys', revoked?.keys],
    ['/revoked/digests', revoked?.digests],
    ['/lineage/denyDigests', lineage?.denyDigests],
    ['/lineage/origins/accept', lineage?.origins?.accept],
  ] as const;
  return lists.flatMap(([at, list]) =>
    (list ?? []).flatMap(({ reason }, i) => (reason === undefined ? [advice(`${at}/${i}`, 'has no reason')] : [])),
  );
}

function lintWaivers({ waivers = [] }: PolicyDocument, at: Date): PolicyFinding[] {
  return waivers.flatMap(({ effectiveUntil }, i) =>
    new Date(effectiveUntil) <= at ? [advice(`/waivers/${i}`, `ended at ${effectiveUntil}`)] : [],
  );
}
