#!/usr/bin/env python3
"""Makes cron_table.csv: cron schedules, and the next three instants that each names.

This knows nothing of the C++ code. It walks through the minutes of UTC and looks at what the zone's
clocks show (datetime and zoneinfo of Python's standard library). An instant is named if the clocks
show a minute that matches. So a local time that a daylight-saving change skips is not named on that
day, neither earlier nor later, and one that the change repeats is named twice.

robfig/cron v3, which Temporal uses, does the same for changes of whole hours, nearly everywhere.
It walks in whole hours and days, and so loses minutes that the clocks show, and may name others: on
Lord Howe Island with its change by half an hour, and on days that begin at 01:00 in zones east of
Greenwich. There the table follows the clocks (12 rows).

All points lie in the past, so that no new law about time zones changes the table.

    python3 tests/runtime/make_cron_table.py > tests/runtime/cron_table.csv
"""

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

SEED = 1
POINTS = 3
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
FIELDS = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 6, WEEKDAYS)]
DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

# Zones, and days on which their clocks were turned: forward, back.
ZONES = {
    "UTC": [],
    "America/New_York": ["2021-03-14", "2021-11-07"],
    "America/Sao_Paulo": ["2017-10-15", "2018-02-17", "2018-11-04"],
    "America/Havana": ["2021-03-14", "2021-11-07"],
    "Europe/London": ["2021-03-28", "2021-10-31"],
    "Europe/Berlin": ["2021-03-28", "2021-10-31"],
    "Asia/Beirut": ["2021-03-28", "2021-10-30"],
    "Asia/Kolkata": [],
    "Asia/Kathmandu": [],
    "Australia/Sydney": ["2021-10-03", "2021-04-04"],
    "Australia/Lord_Howe": ["2021-10-03", "2021-04-04"],
    "Pacific/Apia": ["2011-12-29"],  # was followed by the 31st
}

ON_TURNED_DAYS = [
    "30 0 * * *",
    "0 0 * * *",
    "30 1 * * *",
    "45 1 * * *",
    "0 2 * * *",
    "15 2 * * *",
    "30 2 * * *",
    "0 3 * * *",
    "30 23 * * *",
    "0 * * * *",
    "*/20 0-3 * * *",
    "0 12 * * sun",
    "15 0,2 * * sat,sun",
]

ON_ENDS_OF_MONTHS = [
    ("0 0 31 * *", "2021-01-31T00:00:00"),
    ("59 23 28-31 * ?", "2021-02-27T12:00:00"),
    ("59 23 31 12 *", "2019-12-31T23:58:59"),
    ("0 0 1 1 *", "2019-12-31T23:59:59"),
    ("30 6 30 2,4 *", "2020-02-01T00:00:00"),
    ("0 0 1,15 * fri", "2021-01-01T00:00:00"),
    ("5 4 */10 * mon", "2021-02-20T00:00:00"),
    ("5 4 */10 * *", "2021-02-20T00:00:00"),
    ("0 22 * 2 1-5", "2021-02-26T21:00:00"),
    ("0 0 29 2 *", "2011-06-01T00:00:00"),
    ("0 12 29 feb ?", "2012-02-29T11:59:59"),
    ("0 12 29 Feb *", "2012-02-29T12:00:00"),
    ("0 0 29 2 mon", "2016-02-28T00:00:00"),
]


def number(text, names, least):
    return names.index(text.lower()) + least if text.lower() in names else int(text)


def field(text, rule):
    """The numbers of a field, and whether it leaves the day open."""
    least, most, names = rule
    numbers, is_any = set(), False
    for part in text.split(","):
        body, _, step = part.partition("/")
        if body in ("*", "?"):
            first, last = least, most
            is_any = is_any or step in ("", "1")
        elif "-" in body:
            first, last = (number(end, names, least) for end in body.split("-"))
        else:
            first = number(body, names, least)
            last = most if step else first
        numbers |= set(range(first, last + 1, int(step or 1)))
    return numbers, is_any


class Schedule:
    def __init__(self, text):
        fields = [field(*pair) for pair in zip(DESCRIPTORS.get(text, text).split(), FIELDS)]
        self.minutes, self.hours, self.days, self.months, self.weekdays = (f[0] for f in fields)
        self.is_both = fields[2][1] or fields[4][1]

    def names_day(self, local):
        by_date = local.day in self.days
        by_weekday = local.isoweekday() % 7 in self.weekdays
        by_day = by_date and by_weekday if self.is_both else by_date or by_weekday
        return local.month in self.months and by_day

    def next_after(self, instant, zone):
        instant = instant.replace(second=0) + timedelta(minutes=1)
        while True:
            local = instant.astimezone(zone)
            if not self.names_day(local):
                # No clock of these years was turned within a quarter of an hour.
                instant += timedelta(minutes=15 - instant.minute % 15)
            elif local.hour in self.hours and local.minute in self.minutes:
                return instant
            else:
                instant += timedelta(minutes=1)


def random_number(rule):
    least, most, names = rule
    value = random.randint(least, most)
    if names and random.random() < 0.5:
        name = names[value - least]
        return random.choice([name, name.upper(), name.capitalize()]), value
    return str(value), value


def random_part(rule):
    shape = random.randrange(4)
    if shape == 0:
        return random.choice(["*", "?"]) + "/" + str(random.randint(1, 9))
    if shape == 1:
        return random_number(rule)[0]
    if shape == 2:
        return random_number(rule)[0] + "/" + str(random.randint(1, 9))
    ends = sorted([random_number(rule), random_number(rule)], key=lambda end: end[1])
    return "-".join(end[0] for end in ends) + random.choice(["", "/2", "/3"])


def random_schedule():
    fields = []
    for rule, open_share in zip(FIELDS, [0.1, 0.3, 0.5, 0.7, 0.5]):
        if random.random() < open_share:
            fields.append(random.choice(["*", "?"]))
        else:
            fields.append(",".join(random_part(rule) for _ in range(random.choice([1, 1, 2, 3]))))
    # No date that comes once in four years: those are listed above.
    if Schedule(" ".join(fields)).days & {29, 30, 31}:
        fields[3] = "*"
    return " ".join(fields)


def rows():
    for zone, days in ZONES.items():
        for day in days:
            eve = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) - timedelta(hours=1)
            for expression in ON_TURNED_DAYS:
                yield expression, zone, eve.astimezone(timezone.utc)
    for zone in ["UTC", "Asia/Kathmandu", "America/New_York"]:
        for expression, reference in ON_ENDS_OF_MONTHS:
            local = datetime.fromisoformat(reference).replace(tzinfo=ZoneInfo(zone))
            yield expression, zone, local.astimezone(timezone.utc)
    begin, end = (datetime(year, 1, 1, tzinfo=timezone.utc) for year in (2005, 2021))
    seconds = int((end - begin).total_seconds())
    for zone in ZONES:
        for descriptor in DESCRIPTORS:
            yield descriptor, zone, begin + timedelta(seconds=random.randrange(seconds))
        for _ in range(20):
            expression = random_schedule()
            yield expression, zone, begin + timedelta(seconds=random.randrange(seconds))


def main():
    random.seed(SEED)
    print("schedule;zone;reference;first;second;third")
    for expression, zone, reference in rows():
        schedule, instants = Schedule(expression), [reference]
        for _ in range(POINTS):
            instants.append(schedule.next_after(instants[-1], ZoneInfo(zone)))
        print(expression, zone, *(i.strftime("%Y-%m-%dT%H:%M:%SZ") for i in instants), sep=";")


main()
