#!/usr/bin/env bash
# Runs an example in a fresh directory and compares what it prints with what it should, run ids aside.
#   run_example.sh PROGRAM EXPECTED
set -euo pipefail
program=$1 expected=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$program" >printed
sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/RUN/g' printed | diff "$expected" -
