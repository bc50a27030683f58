#!/usr/bin/env bash
# A script of parts runs each of them, says what each came to, and fails if one failed or did not end.
#   parts_test.sh PARTS
set -euo pipefail
parts=$1

# run STATUS SCRIPT: what the script prints into `said`.
run() {
  local status=0
  said=$(bash -uc ". '$parts'; use_parts; $2" 2>&1) || status=$?
  if [ "$status" -ne "$1" ]; then
    printf 'wanted status %s, got %s from %s:\n%s\n' "$1" "$status" "$2" "$said"
    exit 1
  fi
}

# has PATTERN
has() {
  if ! grep -qE -- "$1" <<<"$said"; then
    printf 'wanted a line "%s" in\n%s\n' "$1" "$said"
    exit 1
  fi
}

run 0 'part one true; part two true'
has '^one +ok +[0-9]+$'
has '^two +ok +[0-9]+$'
has '^all +ok +[0-9]+$'

run 1 'part one bash -c "exit 3"; part two true'
has '^one +failed \(3\) +[0-9]+$'
has '^two +ok +[0-9]+$'
has '^all +failed +[0-9]+$'

run 3 'part build bash -c "exit 3" && part tests true'
has '^build +failed \(3\)'
if grep -q '^tests' <<<"$said"; then echo "a part ran behind its build that failed"; exit 1; fi

# The script is ended while a part runs.
run 143 'part one true; part two bash -c "kill -TERM \$PPID"; part three true'
has '^one +ok'
has '^two +did not end'
has '^all +failed'

run 1 'true'
has '^all +failed'
