#!/usr/bin/env bash
# Installs the build into a directory, and builds a stranger's project against it, once with CMake's
# find_package and once with pkg-config.
#   install_test.sh BUILD_DIR STRANGER_DIR CXX
set -euo pipefail
build=$1 stranger=$2 cxx=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/install.log"
prefix_lib=$(dirname "$(find "$prefix" -name 'libonerun.*' | head -1)")

check() {
  local output
  output=$("$@")
  echo "$output"
  [ "$output" = "onerun 0.1.0 works here" ]
}

echo "== find_package"
cmake -G Ninja -S "$stranger" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" >"$work/configure.log"
cmake --build "$work/cmake" >"$work/build.log"
check "$work/cmake/stranger"

echo "== pkg-config"
# The file names the prefix that the build was configured for; this one was chosen while installing.
export PKG_CONFIG_PATH=$prefix_lib/pkgconfig
read -ra package < <(pkg-config --define-variable=prefix="$prefix" --cflags --libs onerun)
"$cxx" -std=c++20 "$stranger/main.cpp" -o "$work/stranger" "${package[@]}"
LD_LIBRARY_PATH=$prefix_lib check "$work/stranger"

echo "== onerun-load is installed"
"$prefix/bin/onerun-load" --version
