#!/usr/bin/env bash
# The simulator must find every deliberate fault within so many schedules.
#   faults_test.sh ONERUN_SIM [SCHEDULES]
set -euo pipefail
sim=$1 schedules=${2:-5000}

missed=0
for fault in $("$sim" --list-faults); do
  if printed=$("$sim" --schedules "$schedules" --seed 1 --fault "$fault"); then
    echo "$fault: not found in $schedules schedules"
    missed=$((missed + 1))
  else
    echo "$fault: $(grep -o '^schedule [0-9]*' <<<"$printed")"
  fi
done
[ "$missed" -eq 0 ]
