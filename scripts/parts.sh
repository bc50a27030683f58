# For scripts that have several parts: runs each, and prints at the end what each came to. To be sourced.
#   part NAME COMMAND...   runs a program, and returns its status
#   use_parts              called first: when the script ends, for whatever reason, a table of the parts
#                          is printed, and the script fails unless there is a part and all are ok

part_names=() part_verdicts=() part_seconds=()

part() {
  local name=$1 began=$SECONDS status=0 last=${#part_names[@]}
  shift
  part_names+=("$name") part_verdicts+=("did not end") part_seconds+=("")
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  part_seconds[last]=$((SECONDS - began))
  if [ "$status" -eq 0 ]; then part_verdicts[last]=ok; else part_verdicts[last]="failed ($status)"; fi
  return "$status"
}

use_parts() { trap end_of_parts EXIT; }

end_of_parts() {
  local status=$? i
  [ ${#part_names[@]} -gt 0 ] || status=1
  printf '\n%-32s %-13s %s\n' part verdict seconds
  for i in "${!part_names[@]}"; do
    printf '%-32s %-13s %7s\n' "${part_names[i]}" "${part_verdicts[i]}" "${part_seconds[i]}"
    if [ "${part_verdicts[i]}" != ok ] && [ "$status" -eq 0 ]; then status=1; fi
  done
  printf '%-32s %-13s %7s\n' all "$([ "$status" -eq 0 ] && echo ok || echo failed)" "$SECONDS"
  exit "$status"
}
