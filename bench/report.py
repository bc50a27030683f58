#!/usr/bin/env python3
"""Makes one JSON of what bench/run.sh or bench/curves.sh has measured, with the machine it was
measured on, and prints a table of rows.

  report.py rows --directory DIR --rows LINES --micro FILE --json OUT
  report.py curves --directory DIR --points LINES --json OUT
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_lines(path):
    return [json.loads(line) for line in read_text(path).splitlines() if line]


def file_system_of(directory):
    """Type and mount options of the file system that a directory is on."""
    path = os.path.realpath(directory)
    best = ("/", "unknown", "")
    for line in read_text("/proc/self/mounts").splitlines():
        _, mount, kind, options = line.split()[:4]
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best[0]):
            best = (mount, kind, options)
    return {"type": best[1], "options": best[2]}


def machine(directory):
    model = re.search(r"model name\s*: (.*)", read_text("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", read_text("/proc/meminfo"))
    return {
        "cpu": model.group(1) if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": int(memory.group(1)) * 1024,
        "kernel": platform.release(),
        "file_system": file_system_of(directory),
    }


def version():
    """What was measured: the commit, and whether the tree differs from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def header(directory):
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "date": now.strftime("%Y-%m-%d"),
        "version": version(),
        "machine": machine(directory),
    }


HEADING = ("row", "what", "unit", "at_least", "reach_for", "better")


def is_reached(row):
    """How far a row has come: "no", "at least" or "reach for"; None without a target."""
    reached = None
    for target in ("at_least", "reach_for"):
        if row[target] is None:
            continue
        more = row["better"] == "more"
        near = row["median"] >= row[target] if more else row["median"] <= row[target]
        if not near:
            return reached or "no"
        reached = target.replace("_", " ")
    return reached


def summarize(lines):
    """One row for all measurements of the same name, in the order of the first of each."""
    rows = {}
    for line in lines:
        rows.setdefault(line["row"], []).append(line)
    summary = []
    for name, measured in rows.items():
        values = [line["value"] for line in measured]
        row = {key: measured[0][key] for key in HEADING}
        row["median"] = statistics.median(values)
        row["min"] = min(values)
        row["max"] = max(values)
        row["reached"] = is_reached(row)
        row["measured"] = [without_heading(line) for line in measured]
        summary.append(row)
    return summary


def without_heading(line):
    return {key: value for key, value in line.items() if key not in HEADING}


def fdatasync_of(summary):
    """Medians of p50 and p99, over the times before and after each round."""
    measured = [row for row in summary if row["row"] == "fdatasync"][0]["measured"]
    return {
        "p50_us": statistics.median(times["p50_us"] for times in measured),
        "p99_us": statistics.median(times["p99_us"] for times in measured),
        "measured": measured,
    }


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def bound(row, target):
    if row[target] is None:
        return "-"
    return (">= " if row["better"] == "more" else "<= ") + number(row[target])


def print_table(heading, fdatasync, summary):
    machine_ = heading["machine"]
    gib = machine_["memory_bytes"] / 2**30
    print(f"{heading['version']}, {machine_['cores']} cores of {machine_['cpu']}, {gib:.0f} GiB,")
    print(f"Linux {machine_['kernel']}, {machine_['file_system']['type']}; fdatasync p50", end=" ")
    print(f"{fdatasync['p50_us']:.0f} us, p99 {fdatasync['p99_us']:.0f} us\n")
    lines = [("", "median", "min", "max", "unit", "at least", "reach for", "reached")]
    for row in summary:
        values = [number(row[key]) for key in ("median", "min", "max")]
        bounds = [bound(row, target) for target in ("at_least", "reach_for")]
        lines.append((row["what"], *values, row["unit"], *bounds, row["reached"] or "-"))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        left = line[0].ljust(widths[0])
        right = [line[i].rjust(widths[i]) for i in range(1, 4)]
        rest = [line[i].ljust(widths[i]) for i in range(4, len(line))]
        print("  ".join([left, *right, *rest]).rstrip())


def micro_rows(path):
    """Name, time and what else a benchmark says, without what the library adds."""
    kept = ("real_time", "cpu_time", "time_unit", "items_per_second", "bytes_per_second")
    rows = []
    for row in json.loads(read_text(path))["benchmarks"]:
        if row.get("aggregate_name", "median") == "median":
            named = {"name": row["run_name"]}
            rows.append({**named, **{key: row[key] for key in kept if key in row}})
    return rows


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


def report_rows(arguments):
    summary = summarize(read_lines(arguments.rows))
    heading = header(arguments.directory)
    fdatasync = fdatasync_of(summary)
    print_table(heading, fdatasync, summary)
    micro = micro_rows(arguments.micro)
    write(arguments.json, {**heading, "fdatasync": fdatasync, "rows": summary, "micro": micro})


def report_curves(arguments):
    """Points of the same curve, series and x become one, with the median of each of its values."""
    groups = {}
    for point in read_lines(arguments.points):
        key = (point["curve"], point["series"], point["x"])
        groups.setdefault(key, []).append(point["figure"])
    curves = {}
    for (curve, series, x), figures in groups.items():
        values = {}
        for key, value in figures[0].items():
            if isinstance(value, (int, float)):
                values[key] = statistics.median(figure[key] for figure in figures)
        point = {"x": x, **values, "values": [figure["value"] for figure in figures]}
        curves.setdefault(curve, {}).setdefault(series, []).append(point)
    for all_series in curves.values():
        for points in all_series.values():
            points.sort(key=lambda point: point["x"])
    write(arguments.json, {**header(arguments.directory), "curves": curves})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    rows = kinds.add_parser("rows")
    rows.add_argument("--rows", required=True)
    rows.add_argument("--micro", required=True)
    rows.set_defaults(report=report_rows)
    curves = kinds.add_parser("curves")
    curves.add_argument("--points", required=True)
    curves.set_defaults(report=report_curves)
    for kind in (rows, curves):
        kind.add_argument("--directory", required=True)
        kind.add_argument("--json", required=True)
    arguments = parser.parse_args()
    arguments.report(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
