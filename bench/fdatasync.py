"""How long the disk of a directory takes to sync: 4 KiB appended, then fdatasync, again and again.

python3 bench/fdatasync.py DIR [SECONDS]         prints {"p50_ms": ..., "p99_ms": ...}
"""

import json
import math
import os
import sys
import tempfile
import time

times = []
with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as file:
    end = time.perf_counter() + (float(sys.argv[2]) if len(sys.argv) > 2 else 2)
    while time.perf_counter() < end:
        os.write(file.fileno(), b"x" * 4096)
        begin = time.perf_counter()
        os.fdatasync(file.fileno())
        times.append((time.perf_counter() - begin) * 1000)
times.sort()


def at(p):
    return round(times[math.ceil(len(times) * p) - 1], 3)


print(json.dumps({"p50_ms": at(0.5), "p99_ms": at(0.99)}))
