#!/usr/bin/env bash
# Says what is not formatted, and what clang-tidy has against the sources of the library and its
# programs. Needs clang-format-14 and clang-tidy-14.
#   scripts/lint.sh [FILES...]
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then files=("$@"); else
  mapfile -t files < <(git ls-files '*.cpp' '*.hpp')
fi
clang-format-14 --dry-run -Werror "${files[@]}"

scripts/build.sh dev --target help >/dev/null
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep -E '^(core|store|metrics|actors|runtime|examples|tools|bench/rows)/.*\.cpp$')
[ ${#sources[@]} -eq 0 ] ||
  printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/dev --quiet
