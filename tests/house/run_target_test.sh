#!/usr/bin/env bash
# How a fuzz target is run: with a program that says what libFuzzer says.
#   run_target_test.sh RUN_TARGET
set -euo pipefail
run_target=$1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds"
export TMPDIR=$work

# target STATUS: one that ends so, and breaks an input if that is not 0.
target() {
  cat >"$work/target" <<STUB
#!/usr/bin/env bash
echo "\$@" >"$work/arguments"
for argument in "\$@"; do
  case "\$argument" in -artifact_prefix=*) prefix=\${argument#*=} ;; esac
done
echo "INFO: Seed: 4711" >&2
[ $1 -eq 0 ] || printf broken >"\${prefix}crash-1"
cat >&2 <<END
#2	INITED cov: 17 ft: 20 corp: 1/3b exec/s: 0 rss: 30Mb
#3600000000	DONE   cov: 2111 ft: 9000 corp: 300/9Kb lim: 4096 exec/s: 1000000 rss: 273Mb
stat::number_of_executed_units: 3600000000
stat::average_exec_per_sec:     1000000
stat::new_units_added:          12
END
exit $1
STUB
  chmod +x "$work/target"
}

# expect STATUS TEXT: of a run of a second.
expect() {
  local status=0 said
  said=$("$run_target" "$work/target" "$work/seeds" 1 2>&1) || status=$?
  if [ "$status" -ne "$1" ] || ! grep -qF -- "$2" <<<"$said"; then
    printf 'wanted status %s and "%s", got %s:\n%s\n' "$1" "$2" "$status" "$said"
    exit 1
  fi
}

target 0
expect 0 "target: 0 s of CPU, 3600000000 inputs, 1000000 a second, 12 kept; coverage 2111"
grep -q -- "-max_total_time=1 .*$work/seeds\$" "$work/arguments"
grep -q -- "-seed=0 " "$work/arguments"
"$run_target" "$work/target" "$work/seeds" 1 7 >/dev/null
grep -q -- "-seed=7 " "$work/arguments"
target 77
expect 1 "INFO: Seed: 4711"
expect 1 "stat::new_units_added:          12"
expect 1 "input, in base64: $(printf broken | base64)"
[ -z "$(find "$work" -mindepth 1 -maxdepth 1 -name 'tmp.*')" ] || { echo "it leaves its directory"; exit 1; }
echo "passed"
