// N starts under way at any time, for some seconds: the load that the peers with a client in
// JavaScript are measured with. Each id has 20 bytes, and is new.

/** A sequence of ids that no other call gives: 8 digits of its own, and 12 that count. */
export function freshIds() {
  const tag = Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, '0');
  let made = 0;
  return () => tag + (made++).toString(16).padStart(12, '0');
}

/**
 * Keeps `outstanding` calls of `start(id)` under way for `seconds`; the ones that are then still
 * under way are awaited, and not counted. A call that fails ends the program.
 */
export async function closedLoop({ outstanding, seconds, start }) {
  const next = freshIds();
  const latencies = [];
  const begin = performance.now();
  const end = begin + seconds * 1000;
  await Promise.all(Array.from({ length: outstanding }, async () => {
    for (;;) {
      const asked = performance.now();
      if (asked >= end) return;
      await start(next());
      const answered = performance.now();
      if (answered <= end) latencies.push(answered - asked);
    }
  }));
  const sorted = Float64Array.from(latencies).sort();
  const at = (p) => sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? 0;
  return {
    starts_per_second: Number((sorted.length / seconds).toFixed(1)),
    p50_ms: Number(at(0.5).toFixed(3)),
    p99_ms: Number(at(0.99).toFixed(3)),
  };
}
