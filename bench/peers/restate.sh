#!/usr/bin/env bash
# Starts by Restate: its server and its SDK for JavaScript from npm; a workflow whose id is new is
# sent for each start.
#   bench/peers/restate.sh all 5        installs, measures for 5 seconds, cleans up
set -euo pipefail
peer=restate
. "$(dirname "$0")/common.sh"

# As the server is by default, with 24 partitions, and with as many as a machine of two cores is
# better off with: each of them has a log, and syncs it by itself.
settings() {
  echo "64-clients 64 40"
  echo "64-clients-2-partitions 64"
}
partitions_of() { case "$1" in *-2-partitions) echo 2 ;; *) echo 24 ;; esac; }

server_program() {
  find "$1/node_modules/@restatedev" -path '*/restate-server-linux-*/bin/restate-server' | head -n 1
}

install_peer() {
  need_debian curl
  need_npm "$1"
  [ -n "$(server_program "$1")" ] || skip "the npm package has no server for this machine"
}

start() {
  local dir=$1 service name
  read -r service < <(free_ports 1)
  launch "$dir" service "$(cat "$dir/node")" "$dir/service.mjs" "$service"
  for name in $(settings | cut -d' ' -f1); do
    start_server "$dir" "$name" "$service"
    load "$dir" "$name" 64 3 >/dev/null
    settle "$dir" "$name"
  done
}

# start_server DIR SETTING SERVICE_PORT
start_server() {
  local dir=$1 name=$2 service=$3 ingress admin node
  read -r ingress admin node < <(free_ports 3)
  echo "$ingress" >"$dir/$name.port"
  launch "$dir" "$name" env DO_NOT_TRACK=1 RESTATE_DISABLE_TELEMETRY=true \
    RESTATE_LOG_FILTER=error RESTATE_DEFAULT_NUM_PARTITIONS="$(partitions_of "$name")" \
    RESTATE_INGRESS__BIND_PORT="$ingress" RESTATE_ADMIN__BIND_PORT="$admin" \
    "$(server_program "$dir")" --no-logo --base-dir "$dir/$name" --node-name onerun-peer \
    --listen-mode tcp --bind-ip 127.0.0.1 --bind-port "$node"
  wait_for 60 "$dir" "$name" curl -fsS "http://127.0.0.1:$admin/health"
  wait_for 60 "$dir" "$name" curl -fsS "http://127.0.0.1:$ingress/restate/health"
  wait_for 30 "$dir" service curl -fsS -H 'content-type: application/json' \
    -d "{\"uri\":\"http://127.0.0.1:$service\"}" "http://127.0.0.1:$admin/deployments"
}

# load DIR SETTING ARGUMENTS...
load() {
  local dir=$1 name=$2
  shift 2
  "$(cat "$dir/node")" "$dir/load.mjs" "$(cat "$dir/$name.port")" "$@"
}

measure() {
  local dir=$1 setting=$2 seconds=$3
  load "$dir" "$setting" "$(outstanding_of "$setting")" "$seconds" >"$dir/load.json"
  settle "$dir" "$setting"
  result "$setting" "$(field starts_per_second <"$dir/load.json")" \
    "$(field p50_ms <"$dir/load.json")" "$(field p99_ms <"$dir/load.json")" \
    "$(npm_version "$dir" @restatedev/restate-server)" \
    "log and store synced as by default, one copy, $(partitions_of "$setting") partitions"
}

twice() { load "$1" 64-clients twice; }

stop() {
  local name
  for name in $(settings | cut -d' ' -f1) service; do end "$1" "$name"; done
}

peer_main "$@"
