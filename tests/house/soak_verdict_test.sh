#!/usr/bin/env bash
# What scripts/soak.sh makes of its samples: memory that grows, or that tells nothing, is no pass.
#   soak_verdict_test.sh VERDICT
set -euo pipefail
verdict=$1

# samples SECONDS BESIDE DESCRIPTORS: one every five seconds. The two, what is resident beside memtables
# and how many descriptors are open, are expressions of t, the seconds, and of noise, which is another
# one from -1 to 1 in each two minutes. The memtables fill in 44 seconds and begin again.
samples() {
  awk "BEGIN {
    for (t = 5; t < $1; t += 5) {
      noise = sin(int(t / 120) * 12.9898)
      memtables = 30000 + 5000 * (t % 44)
      print t, int($2) + memtables, memtables, $3, 26, 350000
    }
  }"
}

# expect passes|fails TEXT SECONDS RESIDENT DESCRIPTORS
expect() {
  local outcome=passes said
  said=$(samples "$3" "$4" "$5" | awk "${filter:-1}" | awk -v total="$3" -f "$verdict") || outcome=fails
  if [ "$outcome" != "$1" ] || ! grep -qF -- "$2" <<<"$said"; then
    printf '%s s of %s KiB: wanted "%s" and "%s", but it %s:\n%s\n' "$3" "$4" "$1" "$2" "$outcome" "$said"
    exit 1
  fi
}

expect passes "slope +0.00 % an hour" 3600 "500000" 28
expect passes "slope -2.39 % an hour" 3600 "500000 - 15000 * t / 3600" 28
expect passes "slope" 3600 "500000 + 2000 * noise" 28
expect fails "grows by more than 1 % an hour" 3600 "500000 + 2000 * noise + 20000 * t / 3600" 28
expect fails "inconclusive: the slope or its error" 3600 "500000 + 20000 * noise" 28
expect fails "inconclusive: the slope or its error" 3600 "500000 + 3000 * noise + 9000 * t / 3600" 28
expect passes "too short to judge the slope of resident memory: 9 times" 1799 "500000" 28
expect passes "slope +0.00 % an hour" 1800 "500000" 28
expect fails "too short to judge" 60 "500000" 28
expect fails "most descriptors: 28, then 40" 3600 "500000" "t < 2400 ? 28 : 40"
filter='$1 < 2000 || $1 > 2400' expect fails "no samples for two minutes" 3600 "500000" 28
filter='{ $3 = ""; print }' expect fails "not a sample" 3600 "500000" 28
echo "passed"
