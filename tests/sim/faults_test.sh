#!/usr/bin/env bash
# The simulator must find every deliberate fault within so many schedules.
#   faults_test.sh ONERUN_SIM [SCHEDULES [SEED]]
set -euo pipefail
sim=$1 schedules=${2:-5000} seed=${3:-1}
echo "seed $seed"

faults=$("$sim" --list-faults)
[ -n "$faults" ]
missed=0
for fault in $faults; do
  status=0
  printed=$("$sim" --schedules "$schedules" --seed "$seed" --fault "$fault") || status=$?
  found=$(grep -o '^schedule [0-9]*, seed' <<<"$printed" || true)
  if [ "$status" -eq 1 ] && [ -n "$found" ]; then
    echo "$fault: ${found%, seed}"
  else
    echo "$fault: not found in $schedules schedules, status $status"
    missed=$((missed + 1))
  fi
done
[ "$missed" -eq 0 ]
