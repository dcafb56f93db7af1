/** Files that hold a key, a password or a token by what they are called (docs/run.md). */
const NAMES: readonly RegExp[] = [
  /^[._](?:netrc|pgpass|npmrc|pypirc|git-credentials|my\.cnf|htpasswd|boto|s3cfg|vault-token)$/,
  /^\.env(?:rc)?(?:\..+)?$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/,
  /\.(?:key|p12|pfx|jks|ppk|keytab|kdbx|secret|passphrase|password|token)$/,
  /^(?!ca|cert|chain|fullchain).*\.pem$/,
  /^(?:.*[._-])?(?:token|stored_tokens|credentials?|passwords?|passwd|passphrase|secrets?|pin|api[_-]?keys?)(?:\.(?:txt|json|ya?ml|toml|ini|cfg|conf|env))?$/,
  /^kaggle\.json$/,
];
const FOLDERS = /\/\.(?:ssh|gnupg|aws|azure|kube|docker)\//;

/**
 * Whether a file is likely to hold a credential: what such a file holds is often short enough to be guessed, and its digest would
 * confirm the guess.
 *
 * @param file its absolute name
 */
export function isCredentialName(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1).toLowerCase();
  return FOLDERS.test(file) || NAMES.some((pattern) => pattern.test(name));
}
