#!/usr/bin/env bash
# Starts by Temporal: its server, built from its Go module, over SQLite in a file as the dev server
# has it, and its client for JavaScript from npm.
#   bench/peers/temporal.sh all 5        installs, measures for 5 seconds, cleans up
# Building the server takes some minutes. PEERS_TEMPORAL_SERVER=FILE takes one that is ready.
set -euo pipefail
peer=temporal
. "$(dirname "$0")/common.sh"
readonly version=1.30.4

settings() { echo "64-clients 64"; }

# Debian 12 has no Go that is new enough for the server, and its makers' packages for other
# languages hold the client alone.
build_server() {
  local dir=$1
  command -v go >/dev/null ||
    skip "its server is to be had as a Go module alone, and there is no Go to build it"
  echo "building go.temporal.io/server $version" >&2
  GOBIN=$dir/bin go install "go.temporal.io/server/cmd/server@v$version" >"$dir/go.log" 2>&1 ||
    skip "its server can't be built from its Go module: $(last_line "$dir/go.log")"
  mv "$dir/bin/server" "$dir/temporal-server"
}

install_peer() {
  if [ -n "${PEERS_TEMPORAL_SERVER:-}" ]; then
    cp "$PEERS_TEMPORAL_SERVER" "$1/temporal-server"
  else
    build_server "$1"
  fi
  need_npm "$1"
}

start() {
  local dir=$1 i ports edits=("s|DIRECTORY|$1|")
  read -ra ports < <(free_ports 9)
  for i in "${!ports[@]}"; do edits+=("s/PORT_$((i + 1))/${ports[i]}/"); done
  sed "$(printf '%s;' "${edits[@]}")" "$here/temporal/server.yaml" >"$dir/server.yaml"
  echo "${ports[0]}" >"$dir/port"
  launch "$dir" server "$dir/temporal-server" --config-file "$dir/server.yaml" --allow-no-auth start
  wait_for 60 "$dir" server load "$dir" namespace
  # The namespace is known everywhere when the caches have been read anew.
  wait_for 60 "$dir" server load "$dir" 1 0.2
  load "$dir" 64 3 >/dev/null
  settle "$dir" server
}

load() {
  local dir=$1
  shift
  "$(cat "$dir/node")" "$dir/load.mjs" "$(cat "$dir/port")" "$@"
}

measure() {
  local dir=$1 setting=$2 seconds=$3
  load "$dir" "$(outstanding_of "$setting")" "$seconds" >"$dir/load.json"
  settle "$dir" server
  result "$setting" "$(field starts_per_second <"$dir/load.json")" \
    "$(field p50_ms <"$dir/load.json")" "$(field p99_ms <"$dir/load.json")" \
    "$version" "SQLite: journal_mode=wal, synchronous=FULL"
}

twice() { load "$1" twice; }

stop() { end "$1" server; }

peer_main "$@"
