"""Medians and ratios of what bench/compare.sh measured, as a table, and as JSON.

python3 bench/ratios.py RESULTS [JSON_FILE]

RESULTS has a JSON object a line: what bench/peers/*.sh print for measurements and for peers that
are skipped, the same of onerun with "peer":"onerun" and the name of the other in "beside", and the
times of fdatasync, before, after, and as "disk_ms" before each measurement.
"""

import json
import sys
from statistics import median

NUMBERS = ("starts_per_second", "p50_ms", "p99_ms")


def medians(lines):
    return {name: median(float(line[name]) for line in lines) for name in NUMBERS}


def compared(lines):
    """One entry for each peer and setting, in the order of the measurements."""
    settings = {}
    for line in lines:
        if "setting" in line:
            of = line.get("beside", line["peer"])
            sides = settings.setdefault((of, line["setting"]), {"onerun": [], "other": []})
            sides["onerun" if "beside" in line else "other"].append(line)
    for (peer, setting), sides in settings.items():
        if not (sides["onerun"] and sides["other"]):
            continue
        first = sides["other"][0]
        entry = {"peer": peer, "setting": setting, "outstanding": first["outstanding"]}
        entry |= {"version": first["version"], "durable": first["durable"]}
        entry["rounds"] = len(sides["other"])
        for side, measured in sides.items():
            entry[side] = medians(measured)
            entry[side]["each"] = [float(line["starts_per_second"]) for line in measured]
        # Of each round's own pair: what slowed one of the two down slowed the other down too.
        pairs = zip(sides["onerun"], sides["other"])
        ratios = [float(a["starts_per_second"]) / float(b["starts_per_second"]) for a, b in pairs]
        entry["ratio"] = {"median": median(ratios), "least": min(ratios), "most": max(ratios)}
        if first.get("goal"):
            entry["goal"] = first["goal"]
        yield entry


def rate(number):
    return f"{number:,.0f}"


def table(entries):
    head = ("peer", "setting", "under way", "onerun/s", "peer/s", "ratio", "least", "most", "goal",
            "p50 ms", "peer's", "p99 ms", "peer's")
    rows = [head]
    for e in entries:
        ratio, ours, theirs = e["ratio"], e["onerun"], e["other"]
        rows.append((
            e["peer"], e["setting"], rate(e["outstanding"]), rate(ours["starts_per_second"]),
            rate(theirs["starts_per_second"]), f"{ratio['median']:.2f}", f"{ratio['least']:.2f}",
            f"{ratio['most']:.2f}", str(e.get("goal", "")), f"{ours['p50_ms']:.2f}",
            f"{theirs['p50_ms']:.2f}", f"{ours['p99_ms']:.2f}", f"{theirs['p99_ms']:.2f}"))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def main():
    with open(sys.argv[1]) as file:
        lines = [json.loads(line) for line in file]
    entries = list(compared(lines))
    syncs = [line["fdatasync"] for line in lines if "fdatasync" in line]
    disk = [line["disk_ms"] for line in lines if "disk_ms" in line]
    skipped = {line["peer"]: line["skipped"] for line in lines if "skipped" in line}

    table(entries)
    for peer, reason in skipped.items():
        print(f"{peer}: skipped: {reason}")
    for when, sync in zip(("before", "after"), syncs):
        print(f"fdatasync {when}: p50 {sync['p50_ms']} ms, p99 {sync['p99_ms']} ms")
    usual = min(disk + [sync["p50_ms"] for sync in syncs])
    slow = sum(ms > 1.5 * usual for ms in disk)
    if slow:
        print(f"{slow} of {len(disk)} turns began while the disk was slower, up to {max(disk)} ms")
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as file:
            everything = {"compared": entries, "skipped": skipped, "fdatasync": syncs}
            json.dump(everything | {"turns": len(disk), "slow_turns": slow}, file, indent=2)
            file.write("\n")


main()
