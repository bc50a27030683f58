#!/usr/bin/env bash
# Starts by DBOS: its library for JavaScript from npm, in the process that asks, over a PostgreSQL
# of Debian's package.
#   bench/peers/dbos.sh all 5        installs, measures for 5 seconds, cleans up
set -euo pipefail
peer=dbos
. "$(dirname "$0")/common.sh"
. "$here/postgresql_cluster.sh"

settings() { echo "64-clients 64"; }

install_peer() {
  install_cluster
  need_npm "$1"
}

start() {
  mkdir -p "$1/cluster"
  start_cluster "$1/cluster"
  load "$1" 64 3 >/dev/null
}

load() {
  local dir=$1
  shift
  "$(cat "$dir/node")" --no-deprecation "$dir/load.mjs" \
    "postgresql://postgres@127.0.0.1:$(cat "$dir/cluster/port")/dbos" "$@"
}

measure() {
  local dir=$1 setting=$2 seconds=$3
  load "$dir" "$(outstanding_of "$setting")" "$seconds" >"$dir/load.json"
  result "$setting" "$(field starts_per_second <"$dir/load.json")" \
    "$(field p50_ms <"$dir/load.json")" "$(field p99_ms <"$dir/load.json")" \
    "$(npm_version "$dir" @dbos-inc/dbos-sdk)" "PostgreSQL: $(cluster_durable "$dir/cluster")"
}

twice() { load "$1" twice; }

stop() { stop_cluster "$1/cluster"; }

peer_main "$@"
