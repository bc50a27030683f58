#!/usr/bin/env bash
# Installs from Debian's packages what is missing to build onerun, and with --tests to test it too.
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config
  libcaf-dev librocksdb-dev libspdlog-dev prometheus-cpp-dev
  tzdata
  nlohmann-json3-dev libcli11-dev libjemalloc-dev libgtest-dev libgmock-dev
  libbenchmark-dev
)
case "${1:-}" in
  "") ;;
  --tests) packages+=(prometheus curl clang-14 libclang-rt-14-dev python3) ;;
  *) echo "usage: $0 [--tests]" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "these packages are missing, and neither root nor sudo is there to install them:" >&2
    echo "  ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
