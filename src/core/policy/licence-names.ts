/** GNU licences that an id may name without saying whether later versions apply too. */
const GNU = /^(?:(?:a?gpl-(?:1\.0|3\.0))|gpl-2\.0|lgpl-(?:2\.0|2\.1|3\.0)|gfdl-1\.[123](?:-(?:no-)?invariants)?)$/;

/** Ids of the Hugging Face Hub that SPDX has under another name; every other one of its list is SPDX's but for the case, or is in neither. */
const HUGGING_FACE: Readonly<Record<string, string>> = {
  'c-uda': 'c-uda-1.0',
  'lgpl-lr': 'lgpllr',
  odbl: 'odbl-1.0',
  'odc-by': 'odc-by-1.0',
  pddl: 'pddl-1.0',
};

/** Ids of the Hub for all licences of a family, of which they do not say which one it is. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  bsd: /^(?:bsd-|0bsd$)/,
  cc: /^cc0?-/,
  gfdl: /^gfdl-/,
  gpl: /^gpl-/,
  lgpl: /^lgpl-|^lgpllr$/,
  openrail: /(?:^|-)openrail(?:-|$)/,
};

/** Whether an id names a family of licences, and not one of them. */
export const isLicenceFamily = (id: string): boolean => Object.hasOwn(FAMILIES, id.toLowerCase());

/**
 * The licences that an id may mean, as SPDX has them, in lower case (SPDX 3.0, annex B: whatever the case): itself, but for the closed
 * table of docs/formats/policy.md. `GPL-3.0`, which SPDX has given up, and the `gpl-3.0` of the Hugging Face Hub do not say whether
 * later versions apply: they may mean either. `+` is this version or a later one.
 */
export function licenceReadings(id: string): readonly string[] {
  const lower = id.toLowerCase();
  const name = Object.hasOwn(HUGGING_FACE, lower) ? (HUGGING_FACE[lower] ?? lower) : lower;
  if (GNU.test(name)) return [`${name}-only`, `${name}-or-later`];
  if (!name.endsWith('+')) return [name];
  const version = name.slice(0, -1);
  return GNU.test(version) ? [`${version}-or-later`] : [version, name];
}

/** Whether two ids may mean the same licence: what a denied one has to be asked. */
export function mayBeSameLicence(a: string, b: string): boolean {
  const [as, bs] = [licenceReadings(a), licenceReadings(b)];
  return as.some((each) => bs.includes(each)) || isOfFamily(a, bs) || isOfFamily(b, as);
}

function isOfFamily(family: string, readings: readonly string[]): boolean {
  const lower = family.toLowerCase();
  return Object.hasOwn(FAMILIES, lower) && readings.some((each) => FAMILIES[lower]?.test(each) === true);
}

/** Whether whatever an id may mean is meant by one of a list: what an allowed one has to be. A family on the list is that word alone. */
export function isSurelyAmong(id: string, list: readonly string[]): boolean {
  const listed = new Set(list.flatMap(licenceReadings));
  return licenceReadings(id).every((each) => listed.has(each));
}
