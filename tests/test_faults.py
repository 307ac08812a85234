"""kill -9 of app, database and NLU in the middle of messages and bookings: nothing that was
acknowledged is missing, and no effect happens twice."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deployment import PATIENCE, Deployment, deployed

KILLS = 20
# A fixed seed makes a failure repeatable as far as the machine allows.
MOMENTS = random.Random(20261122)


@dataclass
class Stubborn:
    """A phone that keeps a message until it is answered, and remembers what was acknowledged."""

    url: str
    sent: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    id: str = ""

    def __post_init__(self) -> None:
        started = self._until_answered("/api/v1/conversations", {"language": "en"})
        self.id = started["id"]
        self.headers = {"Authorization": f"Bearer {started['token']}"}

    def send(self, **body: str) -> list[dict[str, Any]]:
        self.sent += 1
        body["client_msg_id"] = f"m{self.sent}"
        path = f"/api/v1/conversations/{self.id}/messages"
        return list(self._until_answered(path, body)["messages"])

    def _until_answered(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = httpx.post(
                    self.url + path, json=body, headers=self.headers, timeout=8, trust_env=False
                )
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code in (200, 201):
                return dict(answer.json())
            assert answer.status_code in (202, 429, 503), (answer.status_code, answer.text)
            time.sleep(0.2)
        raise AssertionError("no answer came")

    def ask(self) -> None:
        assert self.send(text="what does an id card cost")

    def book_and_cancel(self) -> str:
        """Books and gives the time back, so that the next round starts alike; returns the code."""
        times = self.send(action="book")[-1]
        held = self.send(action=times["buttons"][0]["action"])[-1]
        if held["kind"] != "hold":
            return ""
        booked = self.send(action=held["buttons"][0]["action"])[-1]
        if booked["kind"] != "booked":
            return ""
        question = self.send(action=booked["buttons"][1]["action"])[-1]
        self.send(action=question["buttons"][0]["action"])
        return str(booked["code"].replace(" ", ""))


def survive(deployment: Deployment, kill: Callable[[], None], restart: Callable[[], None]) -> None:
    """Kills at a random moment while two people write and two book; then checks everything."""
    everybody: list[Stubborn] = []
    codes: list[str] = []
    for _ in range(KILLS):
        # New people each time: one person may send only twenty messages a minute.
        people = [Stubborn(deployment.url) for _ in range(4)]
        everybody += people
        with ThreadPoolExecutor(max_workers=5) as pool:
            asking = [pool.submit(person.ask) for person in people[:2]]
            booking = [pool.submit(person.book_and_cancel) for person in people[2:]]
            time.sleep(MOMENTS.uniform(0.0, 0.25))
            kill()
            restart()
            for work in asking:
                work.result()
            codes += [work.result() for work in booking]
    check(deployment, everybody, [code for code in codes if code])


def check(deployment: Deployment, people: list[Stubborn], codes: list[str]) -> None:
    """Every acknowledged message and booking is there, once."""
    kept = {row[0] for row in deployment.rows("select code from booking")}
    assert set(codes) <= kept
    for person in people:
        stored = deployment.rows(
            "select external_id, state, first_seq, last_seq from inbox"
            f" where conversation_id = '{person.id}' order by id"
        )
        assert [row[0] for row in stored] == [f"m{n}" for n in range(1, person.sent + 1)]
        assert {row[1] for row in stored} == {"done"}
        # The messages that each one caused follow one another without gap or overlap.
        ends = [row[3] for row in stored]
        assert [row[2] for row in stored[1:]] == ends[:-1]
    assert (
        deployment.rows(
            "select seat.booking_id from seat join booking on booking.id = seat.booking_id"
            " where booking.state in ('cancelled', 'expired')"
        )
        == []
    )
    # Each person booked once, however often the same press was sent.
    twice = "select conversation_id from booking group by 1 having count(*) > 1"
    assert deployment.rows(twice) == []
    doubles = "select slot_id, seat_no from seat group by 1, 2 having count(*) > 1"
    assert deployment.rows(doubles) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_the_app_is_killed_twenty_times(folder: Path) -> None:
    with deployed(folder, with_nlu=False) as deployment:

        def restart() -> None:
            deployment.start_app()
            deployment.wait_until_ready()

        survive(deployment, deployment.kill_app, restart)


def test_the_database_is_killed_twenty_times(folder: Path) -> None:
    with deployed(folder, with_nlu=False) as deployment:

        def restart() -> None:
            deployment.server.stop()
            deployment.start_database()

        survive(deployment, deployment.kill_database, restart)


def test_the_recogniser_is_killed_twenty_times(folder: Path) -> None:
    with deployed(folder, with_nlu=True) as deployment:
        survive(deployment, deployment.kill_nlu, deployment.start_nlu)


def test_without_the_recogniser_an_answer_comes_within_two_seconds(folder: Path) -> None:
    with deployed(folder, with_nlu=True) as deployment:
        person = Stubborn(deployment.url)
        person.ask()
        deployment.kill_nlu()
        started = time.monotonic()
        # Not the words of before, whose meaning the app still remembers.
        [first, *_] = person.send(text="how much is an id card")
        assert time.monotonic() - started < 2.0
        assert first["buttons"][0]["label"] == "ID card"
