"""`make bench`: how fast the whole is on this machine. Prints figures and ratios; judges nothing.

App, database and NLU are real processes on this machine, and so are the people who ask them: all
share its cores, so every figure is a floor.
"""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx

from nlu.encoder import encode_queries
from nlu.server import RunningServer, model_path, running_server
from tests.deployment import deployed
from tests.live import Resident

PEOPLE = 64
ROUNDS = 200
QUESTIONS = ("how do I get an id card", "hur mycket kostar det", "كيف أفتح حساب بنكي")
T = TypeVar("T")


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed(Path(folder), with_nlu=True) as found,
        _client(found.url) as http,
    ):
        _messages([Resident(http, "en") for _ in range(PEOPLE)])
    _parses()
    return 0


def _client(url: str) -> httpx.Client:
    limits = httpx.Limits(max_connections=None)
    return httpx.Client(base_url=url, timeout=120, limits=limits, trust_env=False)


def _messages(people: Sequence[Resident]) -> None:
    """A pressed button is stored, answered in one turn, and read back; one time for everybody."""
    slot = people[0].press("book").last["buttons"][0]["action"]
    _measure("button", lambda person: person.press("menu"), people, at_once=1)
    _measure("button", lambda person: person.press("drop_in"), people, at_once=16)
    count = itertools.count()
    _measure("new question", lambda x: x.say(f"{QUESTIONS[0]} {next(count)}"), people, at_once=16)
    _measure("repeated question", lambda person: person.say(QUESTIONS[0]), people, at_once=16)
    _measure("the same time", lambda person: person.press(slot), people, at_once=PEOPLE)


def _parses() -> None:
    """One server at once, then a pair of them as in a deployment with two cores."""
    texts = [f"{QUESTIONS[n % len(QUESTIONS)]} {n}" for n in range(ROUNDS)]
    started = time.perf_counter()
    with running_server(model_path()) as first:
        print(f"NLU: starts in {time.perf_counter() - started:.1f} s")
        with running_server(model_path()) as second, _client("") as http:
            servers = itertools.cycle((first, second))

            def parse(text: str, server: RunningServer = first) -> None:
                address = f"{server.url}/model/parse?token={server.token}"
                http.post(address, json={"text": text}).raise_for_status()

            bare = _measure("encoder alone", lambda text: encode_queries([text]), texts, at_once=1)
            parsed = _measure("parse", parse, texts, at_once=1)
            _measure("parse of a button", lambda _: parse("/menu"), texts, at_once=1)
            _measure("parse, two servers", lambda x: parse(x, next(servers)), texts, at_once=16)
            memory = [_megabytes(server.process_id) for server in (first, second)]
    print(f"a parse takes {parsed / bare:.2f} times the bare encoder")
    print(f"memory: {memory[0]} and {memory[1]} MB, of which the pair shares the program's files")


def _megabytes(process_id: int | None) -> int:
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def _measure(name: str, work: Callable[[T], object], things: Sequence[T], *, at_once: int) -> float:
    """Prints rate, median and 95th percentile; returns the median in seconds."""

    def seconds(thing: T) -> float:
        started = time.perf_counter()
        work(thing)
        return time.perf_counter() - started

    with ThreadPoolExecutor(at_once) as pool:
        started = time.perf_counter()
        taken = list(pool.map(seconds, things))
        rate = len(taken) / (time.perf_counter() - started)
    middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    figures = f"{rate:7.1f}/s  p50 {middle * 1000:6.1f} ms  p95 {late * 1000:6.1f} ms"
    print(f"{name + f', {at_once} at once':36} {figures}", flush=True)
    return middle


if __name__ == "__main__":
    sys.exit(main())
