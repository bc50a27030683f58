#!/usr/bin/env python3
"""Draws the curves that bench/curves.sh has measured: a picture each, in SVG.

  draw.py CURVES.json DIRECTORY
"""

import json
import math
import os
import sys
from html import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 32, 84, 60
COLORS = ("#1f5fbf", "#c2410c", "#15803d")
TEXT, FAINT, GRID = "#222222", "#6b7280", "#e2e5e9"


class Line:
    """What one line shows: a value of the points of a series of a curve."""

    def __init__(self, label, value, series="new ids", factor=1.0):
        self.label = label
        self.value = value
        self.series = series
        self.factor = factor


class Picture:
    def __init__(self, name, curve, title, x_label, y_label, lines, y_log=False):
        self.name = name
        self.curve = curve
        self.title = title
        self.x_label = x_label
        self.y_label = y_label
        self.lines = lines
        self.y_log = y_log


MS = 1e-3  # of microseconds

PICTURES = (
    Picture("outstanding-starts", "outstanding", "Starts of new ids a second, by what is under way",
            "starts outstanding", "starts/s", [Line("", "value")], y_log=True),
    Picture("outstanding-latency", "outstanding", "Time to a durable answer, by what is under way",
            "starts outstanding", "ms", [Line("p50", "p50_us", factor=MS),
                                         Line("p99", "p99_us", factor=MS)], y_log=True),
    Picture("ids-starts", "ids", "Starts a second by number of ids, terminate_existing",
            "workflow ids, each with an open run", "starts/s",
            [Line("uniform", "value", "uniform"), Line("zipf 0.99", "value", "zipf")]),
    Picture("ids-latency", "ids", "p99 by number of ids, terminate_existing, 4,096 outstanding",
            "workflow ids, each with an open run", "ms",
            [Line("uniform", "p99_us", "uniform", MS), Line("zipf 0.99", "p99_us", "zipf", MS)]),
    Picture("payload-starts", "payload", "Starts a second by payload, 256 outstanding",
            "payload of a start, bytes", "starts/s", [Line("", "value")], y_log=True),
    Picture("payload-latency", "payload", "Time to a durable answer by payload, 256 outstanding",
            "payload of a start, bytes", "ms", [Line("p50", "p50_us", factor=MS),
                                                Line("p99", "p99_us", factor=MS)], y_log=True),
    Picture("actors-memory", "actors", "Resident memory by live actors",
            "live workflow actors", "MB", [Line("", "resident_mb")], y_log=True),
    Picture("actors-starts", "actors", "Starts of new ids a second, by live actors",
            "live workflow actors", "starts/s", [Line("", "starts_per_second")]),
    Picture("retained-starts", "retained", "Starts of new ids a second, by closed runs retained",
            "closed runs on the store", "starts/s",
            [Line("with the closed runs", "starts_per_second"),
             Line("on an empty store, in turns", "starts_per_second_on_empty_store")]),
    Picture("retained-latency", "retained", "p99 by closed runs retained, 4,096 outstanding",
            "closed runs on the store", "ms", [Line("", "p99_us", factor=MS)]),
)


def short(value):
    """1500 as 1.5k, 20000000 as 20M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


class LogScale:
    """From values to 0..1. Zero has a place of its own, before the smallest other value."""

    def __init__(self, values):
        positive = [value for value in values if value > 0] or [1]
        self.has_zero = min(values) == 0
        self.low = math.floor(math.log10(min(positive)) + 1e-9)
        self.high = max(math.ceil(math.log10(max(positive)) - 1e-9), self.low + 1)

    def at(self, value):
        first = self.low - (0.5 if self.has_zero else 0)
        power = first if value <= 0 else math.log10(value)
        return (power - first) / (self.high - first)

    def ticks(self):
        """Powers of ten, and what lies between them if they are few; the bool: has a label."""
        marks = [(0, True)] if self.has_zero else []
        few = self.high - self.low <= 2
        for power in range(self.low, self.high + 1):
            marks.append((10.0**power, True))
            if power < self.high:
                marks += [(step * 10.0**power, few and step in (2, 5)) for step in range(2, 10)]
        return marks


class LinearScale:
    """From values to 0..1, beginning at zero."""

    def __init__(self, values):
        most = max(values) or 1
        size = 10.0 ** math.floor(math.log10(most))
        self.step = next(step * size for step in (0.2, 0.5, 1, 2) if most / (step * size) <= 6)
        self.most = math.ceil(most / self.step - 1e-9) * self.step

    def at(self, value):
        return value / self.most

    def ticks(self):
        return [(i * self.step, True) for i in range(round(self.most / self.step) + 1)]


def text(x, y, content, size=13, color=TEXT, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" '
            f'text-anchor="{anchor}"{more}>{escape(content)}</text>')


def rule(x1, y1, x2, y2, color=GRID, width=1.0):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{color}" stroke-width="{width}"/>')


class Plot:
    """Where values are on the paper."""

    def __init__(self, x_scale, y_scale):
        self.x_scale = x_scale
        self.y_scale = y_scale

    def x(self, value):
        return LEFT + self.x_scale.at(value) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return HEIGHT - BOTTOM - self.y_scale.at(value) * (HEIGHT - TOP - BOTTOM)

    def grid(self):
        for value, has_label in self.x_scale.ticks():
            at = self.x(value)
            yield rule(at, TOP, at, HEIGHT - BOTTOM, width=1.0 if has_label else 0.5)
            if has_label:
                yield text(at, HEIGHT - BOTTOM + 18, short(value), 12, anchor="middle")
        for value, has_label in self.y_scale.ticks():
            at = self.y(value)
            yield rule(LEFT, at, WIDTH - RIGHT, at, width=1.0 if has_label else 0.5)
            if has_label:
                yield text(LEFT - 8, at + 4, short(value), 12, anchor="end")
        yield rule(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, FAINT)
        yield rule(LEFT, TOP, LEFT, HEIGHT - BOTTOM, FAINT)

    def line(self, points, color):
        places = [(self.x(x), self.y(y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
        for (x, y), (_, value) in zip(places, points):
            yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}">'
                   f"<title>{escape(short(value))}</title></circle>")


def points_of(line, series):
    points = series.get(line.series, [])
    return [(point["x"], point[line.value] * line.factor) for point in points]


def machine_of(measured):
    machine = measured["machine"]
    return (f"onerun {measured['version']}, {machine['cores']} cores, "
            f"{machine['file_system']['type']}, {measured['date']}")


def draw(picture, measured):
    """The picture as text; None if its curve was not measured."""
    series = measured["curves"].get(picture.curve, {})
    lines = [(line, points_of(line, series)) for line in picture.lines]
    lines = [(line, points) for line, points in lines if points]
    if not lines:
        return None
    all_points = [point for _, points in lines for point in points]
    y_scale = LogScale if picture.y_log else LinearScale
    plot = Plot(LogScale([x for x, _ in all_points]), y_scale([y for _, y in all_points]))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 26, picture.title, 16, more=' font-weight="bold"'),
        text(LEFT, 45, machine_of(measured), 11, FAINT),
        *plot.grid(),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, picture.x_label, anchor="middle"),
        text(20, (TOP + HEIGHT - BOTTOM) / 2, picture.y_label, anchor="middle",
             more=f' transform="rotate(-90 20 {(TOP + HEIGHT - BOTTOM) / 2:.1f})"'),
    ]
    at = LEFT
    for (line, points), color in zip(lines, COLORS):
        parts += plot.line(points, color)
        if line.label:
            parts.append(f'<circle cx="{at + 4}" cy="{TOP - 18}" r="4" fill="{color}"/>')
            parts.append(text(at + 14, TOP - 14, line.label, 13, color))
            at += 8 * len(line.label) + 40
    return "\n".join([*parts, "</svg>", ""])


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        measured = json.load(file)
    os.makedirs(sys.argv[2], exist_ok=True)
    for picture in PICTURES:
        drawn = draw(picture, measured)
        if drawn is None:
            print(f"{picture.name}: not measured", file=sys.stderr)
            continue
        path = os.path.join(sys.argv[2], picture.name + ".svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
