"""Runs a LangGraph graph of one node for each start, and prints what it measured.

python load.py FILE OUTSTANDING SECONDS
python load.py FILE twice                starts one id two times, and prints the answers
"""

import json
import math
import operator
import secrets
import sqlite3
import sys
import threading
import time
from typing import Annotated, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    # Summed up over all the starts of one id.
    started: Annotated[int, operator.add]


def graph_over(path):
    connection = sqlite3.connect(path, check_same_thread=False)
    saver = SqliteSaver(connection)
    saver.setup()
    # After setup, which chooses the write-ahead log: each commit is synced before the answer.
    connection.execute("PRAGMA synchronous = FULL")
    graph = StateGraph(State)
    graph.add_node("job", lambda state: {"started": 0})
    graph.add_edge(START, "job")
    graph.add_edge("job", END)
    return graph.compile(checkpointer=saver)


def starter(graph):
    def start(thread_id):
        return graph.invoke({"started": 1}, {"configurable": {"thread_id": thread_id}},
                            durability="sync")

    return start


def closed_loop(start, outstanding, seconds):
    """Keeps so many starts under way, a thread each, with ids of 20 bytes that are new."""
    tag = secrets.token_hex(4)
    latencies = [[] for _ in range(outstanding)]
    begin = time.perf_counter()
    end = begin + seconds

    def work(number):
        made = 0
        while (asked := time.perf_counter()) < end:
            start(f"{tag}{number:04x}{made:08x}")
            made += 1
            answered = time.perf_counter()
            if answered <= end:
                latencies[number].append((answered - asked) * 1000)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(outstanding)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = sorted(ms for one in latencies for ms in one)

    def at(p):
        return round(every[max(0, math.ceil(len(every) * p) - 1)], 3) if every else 0

    rate = round(len(every) / seconds, 1)
    return {"starts_per_second": rate, "p50_ms": at(0.5), "p99_ms": at(0.99)}


def main():
    path, outstanding = sys.argv[1:3]
    start = starter(graph_over(path))
    if outstanding == "twice":
        for which in ("first", "second"):
            answer = start("asked-twice")
            print(f"{which} start: accepted, as start {answer['started']} of this id")
    else:
        print(json.dumps(closed_loop(start, int(outstanding), float(sys.argv[3]))))


main()
