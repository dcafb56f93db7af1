#!/usr/bin/env bash
# One run of the action (action.yml). Every input is a variable, and none of them is ever read as program text.
set -euo pipefail

fail() {
  printf '::error title=stemma::%s\n' "$1" >&2
  exit 2
}

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
[ -n "${INPUT_MODEL-}" ] || fail 'the input model is empty'

# What the runner's environment says is not what the workflow asked for.
unset STEMMA_SIGNING_KEY STEMMA_TRUSTED_KEYS STEMMA_VSA_KEY STEMMA_PASSPHRASE
[ -z "${INPUT_PASSPHRASE-}" ] || export STEMMA_PASSPHRASE="$INPUT_PASSPHRASE"

case "${INPUT_MODE-}" in
  attest)
    command=(attest)
    [ -n "${INPUT_SIGNING_KEY-}" ] || fail 'attest needs the input signing-key'
    [ -z "${INPUT_TRUSTED_KEYS-}${INPUT_REPORTS-}${INPUT_VSA-}${INPUT_VSA_KEY-}" ] ||
      fail 'the inputs trusted-keys, reports, vsa and vsa-key are for verify'
    export STEMMA_SIGNING_KEY="$INPUT_SIGNING_KEY"
    ;;
  verify)
    command=(verify --report github)
    [ -z "${INPUT_SIGNING_KEY-}" ] || fail 'the input signing-key is for attest: verify needs trusted-keys'
    [ -z "${INPUT_TRUSTED_KEYS-}" ] || export STEMMA_TRUSTED_KEYS="$INPUT_TRUSTED_KEYS"
    [ -z "${INPUT_REPORTS-}" ] || command+=(
      --report "sarif=$INPUT_REPORTS/stemma.sarif"
      --report "junit=$INPUT_REPORTS/stemma.junit.xml"
      --report "json=$INPUT_REPORTS/stemma.json"
    )
    [ -z "${INPUT_VSA-}" ] || command+=(--vsa "$INPUT_VSA")
    [ -z "${INPUT_VSA_KEY-}" ] || export STEMMA_VSA_KEY="$INPUT_VSA_KEY"
    ;;
  *) fail 'expected the input mode to be attest or verify' ;;
esac

while IFS= read -r argument || [ -n "$argument" ]; do
  argument=${argument%$'\r'}
  [ -z "$argument" ] || command+=("$argument")
done <<<"${INPUT_ARGUMENTS-}"

status=0
"$root/node_modules/.bin/node" "$root/bin/run.js" "${command[@]}" -- "$INPUT_MODEL" || status=$?
[ -z "${GITHUB_OUTPUT-}" ] || printf 'exit-code=%d\n' "$status" >>"$GITHUB_OUTPUT"
exit "$status"
