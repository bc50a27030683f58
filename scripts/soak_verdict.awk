# Judges the samples of scripts/soak.sh, of `total` seconds, a line each:
#   seconds since the beginning, resident KiB, KiB of memtables, descriptors, files, KiB on disk
#
# The first third is warm-up: caches fill. After it memory must not grow. Memtables come and go, a
# hundred MiB in a minute, within the bounds of options, and whatever else grew would be hidden in that:
# so it is sought in what is resident beside them. The lowest of each two minutes, when no merge holds
# buffers, gives a straight line of least squares, whose slope says how fast memory grows, in percent of
# all that is resident. Its own error, of two standard deviations, says how far that can be trusted: a
# larger one than the growth that matters says nothing, and that is no pass. Of the rest, the second half
# must not exceed the first by more than a tenth for memory and descriptors, by more than half for
# files and disk.
function larger(a, b) { return a > b ? a : b }

function fail(what) { print what; failed = 1 }

function judge_slope(  windows, w, mean, lowest, middle, xx, xy, slope, rest, percent, error) {
  windows = int(total * 2 / 3 / 120)  # whole ones
  mean = resident / samples
  if (windows < 10) {
    print "too short to judge the slope of resident memory:", windows,
          "times two minutes after the warm-up, of ten at least"
    return
  }
  for (w = 0; w < windows; w++) {
    if (!(w in low)) return fail("no samples for two minutes")
  }
  for (w = 0; w < windows; w++) { lowest += low[w] / windows; middle += w / windows }
  for (w = 0; w < windows; w++) { xx += (w - middle) ^ 2; xy += (w - middle) * (low[w] - lowest) }
  slope = xy / xx
  for (w = 0; w < windows; w++) rest += (low[w] - lowest - slope * (w - middle)) ^ 2
  percent = slope * 30 / mean * 100
  error = 2 * sqrt(rest / (windows - 2) / xx) * 30 / mean * 100
  printf "resident: %.1f MiB on average, slope %+.2f %% an hour, error %.2f; beside memtables: %.1f MiB\n",
         mean / 1024, percent, error, lowest / 1024
  if (percent - error > 1) {
    fail("resident memory grows by more than 1 % an hour")
  } else if (percent > 1 || error > 1) {
    fail("inconclusive: the slope or its error is more than 1 % an hour; a longer run tells more")
  }
}

function judge_halves(  names, bounds, i) {
  split("resident KiB,KiB of memtables,descriptors,files,KiB on disk", names, ",")
  split("1.1,1.1,1.1,1.5,1.5", bounds, ",")
  for (i = 2; i <= 6; i++) {
    printf "most %s: %d, then %d\n", names[i - 1], most[1, i], most[2, i]
    if (most[2, i] > most[1, i] * bounds[i - 1]) fail("  grows")
  }
}

NF != 6 { fail("not a sample: " $0); exit }
$1 < total / 3 { next }
{
  samples++
  window = int(($1 - total / 3) / 120)
  resident += $2
  beside = $2 - $3
  if (!(window in low) || beside < low[window]) low[window] = beside
  half = $1 < total * 2 / 3 ? 1 : 2
  for (i = 2; i <= 6; i++) most[half, i] = larger(most[half, i], $i)
}
END {
  if (failed) exit 1
  if (samples < 10) { print "too short to judge"; exit 1 }
  judge_slope()
  judge_halves()
  exit failed
}
