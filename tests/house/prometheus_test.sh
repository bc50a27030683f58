#!/usr/bin/env bash
# A real Prometheus scrapes the host example, and gives its numbers back; promtool finds nothing to
# criticise in them, nor in those of a replay.
#   prometheus_test.sh HOST_METRICS_EXAMPLE ONERUN_LOAD TRACE
set -euo pipefail
example=$1 load=$2 trace=$3

for tool in prometheus promtool curl; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed (scripts/install_packages.sh)"; exit 1; }
done

work=$(mktemp -d)
scraped="$work/scraped.txt"
pids=()
# What a failure leaves to be looked at: the last lines of each program, and the last scrape.
tell() {
  for log in "$work"/*.log; do
    [ -e "$log" ] && { echo "-- the end of $(basename "$log")"; tail -n 40 "$log"; }
  done
  [ ! -e "$scraped" ] || { echo "-- the last scrape"; grep -v -e '^#' -e '_bucket{' "$scraped"; }
}
finish() {
  local status=$?
  [ $status -eq 0 ] || tell || true
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# launch NAME COMMAND...: in the background, into NAME.log. Leaves its process id in $launched.
launch() {
  local log="$work/$1.log"
  shift
  "$@" >"$log" 2>&1 &
  launched=$!
  pids+=("$launched")
}

# wait_for SECONDS PID COMMAND...: until the command succeeds. A process that is gone ends the wait:
# nothing that it would have done will come.
wait_for() {
  local end=$((SECONDS + $1)) pid=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null; then
      wait "$pid" && echo "ended, before: $*" || echo "ended with status $?, before: $*"
      return 1
    fi
    [ $SECONDS -lt $end ] || { echo "gave up waiting for: $*"; return 1; }
    sleep 0.1
  done
}

# Each program takes a port that the system gives it, and says which: one that is chosen here may be
# another's by the time it is bound.
# port_of NAME PATTERN: the port that follows PATTERN in NAME.log.
port_of() {
  sed -n "s|.*$2.*127\.0\.0\.1:\([0-9][0-9]*\).*|\1|p" "$work/$1.log" | head -n 1 | grep .
}
get() { curl -fsS --max-time 10 "$@"; }
# scrape PORT: into $scraped.
scrape() { get "http://127.0.0.1:$1/metrics" -o "$scraped"; }
scrapes() { scrape "$1" && grep -q -- "$2" "$scraped"; }

launch example "$example" 127.0.0.1:0 600
example_pid=$launched
wait_for 30 "$example_pid" port_of example "metrics at"
example_port=$(port_of example "metrics at")

echo "== promtool"
# Histograms are flushed four times a second.
wait_for 30 "$example_pid" scrapes "$example_port" onerun_operation_seconds_count
promtool check metrics <"$scraped"

echo "== prometheus"
cat >"$work/prometheus.yml" <<CONFIG
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ["127.0.0.1:$example_port"]}]
CONFIG
launch prometheus prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
  --web.listen-address="127.0.0.1:0"
prometheus_pid=$launched
wait_for 60 "$prometheus_pid" port_of prometheus "Listening on"
prometheus_port=$(port_of prometheus "Listening on")

query() {
  get --get "http://127.0.0.1:$prometheus_port/api/v1/query" --data-urlencode "query=$1" |
    grep -o '"value":\[[^]]*\]' | sed 's/.*,"\(.*\)"\]/\1/'
}
gives() { [ "$(query "$1")" = "$2" ]; }
# expect QUERY VALUE
expect() {
  wait_for 60 "$prometheus_pid" gives "$1" "$2" || {
    echo "$1 is '$(query "$1")', not '$2'"
    return 1
  }
  echo "$1 = $2"
}
expect 'onerun_start_decisions_total{namespace="orders",rule="started"}' 100
expect 'onerun_start_decisions_total{namespace="orders",rule="rejected_duplicate"}' 10
expect 'onerun_runs_closed_total{namespace="orders",status="completed"}' 60
expect 'onerun_open_runs{namespace="orders"}' 40
expect 'onerun_operations_total{operation="start",code="ok"}' 100
expect 'onerun_operation_seconds_count{operation="start",code="ok"}' 100
expect 'onerun_live_actors' 100
expect 'onerun_fenced' 0
expect 'shop_orders_total' 100

echo "== a replay with live metrics"
rm "$scraped"
launch load "$load" replay "$trace" --metrics 127.0.0.1:0 --linger 600s
load_pid=$launched
wait_for 30 "$load_pid" port_of load "metrics at"
load_port=$(port_of load "metrics at")
# First that it has ended, however slow the disk is: then the numbers must be right, and soon.
wait_for 300 "$load_pid" grep -q "metrics stay at" "$work/load.log"
replayed() {
  scrapes "$load_port" 'onerun_start_decisions_total{.*rule="started".*} 10894$' &&
    grep -q 'onerun_open_runs{.*} 0$' "$scraped"
}
wait_for 30 "$load_pid" replayed
promtool check metrics <"$scraped"
echo "passed"
