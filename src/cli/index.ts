export { BaseCommand } from './base-command.ts';
export { environmentName, withEnvironment } from './environment.ts';
export { EXIT, exitCodeOfErrors, exitCodeOfReport } from './exit-codes.ts';
export {
  fileSetFlags,
  fileSetOptions,
  jobsFlag,
  modelArgument,
  passphraseFileFlag,
  repeatable,
  reportFlag,
  segmentHashFlag,
  signingKeyFlag,
  trustedKeysFlag,
} from './flags.ts';
export { keyPairFiles, writeKeyPair } from './key-pair-files.ts';
export { loadPublicHalf, loadSigningKey, loadTrustedKeys } from './keys.ts';
export { newPassphrase } from './passphrase.ts';
export { name } from './render/text.ts';
export { parseReportTargets, type ReportTarget, requireOutside } from './reports.ts';
export { trustFlags } from './trust-flags.ts';
export { isOnlyOnCommandLine, isWeakening, TRUST_FLAGS, WEAKENING_FLAGS } from './weakening.ts';
