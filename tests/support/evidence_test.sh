#!/usr/bin/env bash
# A program that fails on a directory leaves it, and prints a command that begins with it again.
#   evidence_test.sh TEXT CYCLES_OF_A_DIRECTORY COMMAND...
# TEXT: what it says of the failure.
set -euo pipefail
text=$1 of_a_directory=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work

# fails COMMAND...: into `said`.
fails() {
  local status=0
  said=$("$@" 2>&1) || status=$?
  if [ "$status" -ne 1 ] || ! grep -qF -- "$text" <<<"$said"; then
    printf 'wanted status 1 and "%s", got %s:\n%s\n' "$text" "$status" "$said"
    exit 1
  fi
}

fails "$@"
seed=$(sed -n 's/^seed //p' <<<"$said")
cycle=$(sed -nE 's/^in (cycle|kill) ([0-9]+), .*/\2/p' <<<"$said")
seed_of_directory=$((seed + (cycle - 1) / of_a_directory * of_a_directory))
left=$(sed -n 's/^left: //p' <<<"$said")
again=$(sed -n 's/^again: //p' <<<"$said")
echo "$said"
[ -d "$left" ]
[ "$(ls "$work")" = "$(basename "$left")" ]
grep -qF " of the directory with seed $seed_of_directory" <<<"$said"
grep -qF -- " --seed $seed_of_directory --" <<<"$again"
fails bash -c "$again"
grep -qx "seed $seed_of_directory" <<<"$said"
