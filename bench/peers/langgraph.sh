#!/usr/bin/env bash
# Starts by LangGraph: its library for Python from PyPI, with its checkpoints in SQLite; a graph of
# one node is run for each start, on a thread id that is new.
#   bench/peers/langgraph.sh all 5        installs, measures for 5 seconds, cleans up
set -euo pipefail
peer=langgraph
. "$(dirname "$0")/common.sh"

settings() { echo "64-clients 64"; }

install_peer() {
  local dir=$1
  need_debian python3 python3-venv
  echo "installing $(xargs <"$here/langgraph/requirements.txt") from PyPI" >&2
  { python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" install --quiet -r "$here/langgraph/requirements.txt"; } \
    >"$dir/pip.log" 2>&1 ||
    skip "its PyPI packages can't be installed: $(
      grep -m 1 ERROR "$dir/pip.log" || last_line "$dir/pip.log")"
}

start() { load "$1" 64 3 >/dev/null; }

load() {
  local dir=$1
  shift
  LANGSMITH_TRACING=false "$dir/venv/bin/python" "$here/langgraph/load.py" "$dir/store.db" "$@"
}

measure() {
  local dir=$1 setting=$2 seconds=$3
  load "$dir" "$(outstanding_of "$setting")" "$seconds" >"$dir/load.json"
  result "$setting" "$(field starts_per_second <"$dir/load.json")" \
    "$(field p50_ms <"$dir/load.json")" "$(field p99_ms <"$dir/load.json")" \
    "$(sed -n 's/^langgraph==//p' "$here/langgraph/requirements.txt")" \
    "durability=sync, SQLite: journal_mode=wal, synchronous=FULL"
}

twice() { load "$1" twice; }

# It is a library: nothing runs between two measurements.
stop() { :; }

peer_main "$@"
