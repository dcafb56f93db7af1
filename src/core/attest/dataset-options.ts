import { isLicenseExpression, uriProblem } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { Signer } from '../keys/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { requireRecordableName } from './names.ts';
import type { Reference } from './reference.ts';
import { refuseSecret } from './secrets.ts';

export interface AttestDatasetOptions extends AbortOptions, ProgressOptions {
  /** Folder or file. */
  readonly dataset: string;
  readonly signer: Signer;
  /** `subject[0].name`; default the dataset's base name. */
  readonly name?: string;
  /** Paths in the dataset to leave out, as the user wrote them. */
  readonly ignore: readonly string[];
  /** Whether record files are cut into records. A salted dataset always is. */
  readonly records: boolean;
  /** SPDX licence expressions. */
  readonly licenses: readonly string[];
  /** URIs without user info or query. */
  readonly sources: readonly string[];
  /** Datasets that this one was made from. */
  readonly derivedFrom: readonly Reference[];
  /** File of the secret that salts the records; made where it is not there. Undefined for a plain dataset. */
  readonly secret?: string;
  /** When the opt-out signals in it were observed. */
  readonly observedAt?: Date;
  readonly copyParentEvidence: boolean;
  readonly outputDir?: string;
  readonly jobs?: number;
}

/**
 * What can be refused before anything is read: it would be public for good.
 *
 * @throws StemmaError USAGE
 */
export function requireDatasetOptions({ name, licenses, sources, secret, records }: AttestDatasetOptions): void {
  if (name !== undefined) requireRecordableName(name);
  for (const license of licenses) {
    if (isLicenseExpression(license)) continue;
    throw new StemmaError('USAGE', `expected a licence as an SPDX expression, found ${quote(license, 80)}`, {
      hint: 'such as CC-BY-4.0, MIT OR Apache-2.0, or LicenseRef-NAME for one that SPDX does not list',
    });
  }
  for (const source of sources) {
    refuseSecret('source', source);
    const problem = uriProblem(source);
    if (problem !== undefined) throw new StemmaError('USAGE', `source ${quote(source, 80)}: ${problem}`);
  }
  requireOnce('license', licenses);
  requireOnce('source', sources);
  if (secret !== undefined && !records)
    throw new StemmaError('USAGE', 'a salted dataset is salted record by record: leave out the one or the other');
}

function requireOnce(what: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) throw new StemmaError('USAGE', `${what} ${quote(twice, 80)} is given twice`);
}
