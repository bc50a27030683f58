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
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "gave up waiting for: $*"; return 1; }
    sleep 0.1
  done
}

app_port=$(free_port)
"$example" "127.0.0.1:$app_port" 300 >"$work/example.log" 2>&1 &
pids+=($!)
scrape() { curl -fsS "http://127.0.0.1:$app_port/metrics"; }
wait_for 30 scrape

echo "== promtool"
# Histograms are flushed four times a second.
wait_for 30 bash -c "curl -fsS http://127.0.0.1:$app_port/metrics | grep -q onerun_operation_seconds_count"
scrape >"$work/metrics"
promtool check metrics <"$work/metrics"

echo "== prometheus"
server_port=$(free_port)
cat >"$work/prometheus.yml" <<CONFIG
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ["127.0.0.1:$app_port"]}]
CONFIG
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
  --web.listen-address="127.0.0.1:$server_port" >"$work/prometheus.log" 2>&1 &
pids+=($!)

query() {
  curl -fsS --get "http://127.0.0.1:$server_port/api/v1/query" --data-urlencode "query=$1" |
    grep -o '"value":\[[^]]*\]' | sed 's/.*,"\(.*\)"\]/\1/'
}
# expect QUERY VALUE
expect() {
  wait_for 60 bash -c "$(declare -f query); server_port=$server_port; [ \"\$(query '$1')\" = '$2' ]" || {
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
load_port=$(free_port)
"$load" replay "$trace" --metrics "127.0.0.1:$load_port" --linger 300s >"$work/load.log" 2>&1 &
pids+=($!)
replayed() {
  curl -fsS "http://127.0.0.1:$load_port/metrics" >"$work/replayed" &&
    grep -q 'onerun_start_decisions_total{.*rule="started".*} 10894' "$work/replayed" &&
    grep -q 'onerun_open_runs{.*} 0' "$work/replayed"
}
wait_for 120 replayed
promtool check metrics <"$work/replayed"
echo "passed"
