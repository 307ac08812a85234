"""The whole app on a real port, in a thread, with a clock that stands where a test puts it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from backend.settings import read_settings
from bot.app import make_app
from bot.run import KEEP_ALIVE

SECRET_KEY = "a-secret-key-for-tests-with-enough-length"
START_SECONDS = 120
ANSWER_SECONDS = 300


@dataclass(frozen=True)
class Said:
    """What one message brought back over the API."""

    messages: list[dict[str, Any]]

    @property
    def last(self) -> dict[str, Any]:
        return self.messages[-1]

    def button(self, label: str) -> str:
        """The action of the first button whose label starts like this."""
        for message in reversed(self.messages):
            for button in message["buttons"]:
                if f"{button['group']} {button['label']}".strip().startswith(label):
                    return str(button["action"])
                if button["label"].startswith(label):
                    return str(button["action"])
        labels = [button["label"] for message in self.messages for button in message["buttons"]]
        raise AssertionError(f"no button {label!r} among {labels}")


@dataclass
class Resident:
    """A person who talks over the API."""

    http: httpx.Client
    language: str
    municipality: str = "lindby"
    sent: int = 0
    id: str = field(init=False)
    first: Said = field(init=False)

    def __post_init__(self) -> None:
        answer = self.http.post(
            "/api/v1/conversations",
            json={"language": self.language, "municipality": self.municipality},
        )
        assert answer.status_code == 201, answer.text
        started = answer.json()
        self.id = started["id"]
        self.headers = {"Authorization": f"Bearer {started['token']}"}
        self.first = Said(started["messages"])

    def post(self, **body: Any) -> httpx.Response:
        self.sent += 1
        body = {"client_msg_id": f"m{self.sent}"} | body
        address = f"/api/v1/conversations/{self.id}/messages"
        return self.http.post(address, json=body, headers=self.headers)

    def say(self, text: str) -> Said:
        return self.until_answered(self.post(text=text))

    def press(self, action: str) -> Said:
        return self.until_answered(self.post(action=action))

    def until_answered(self, answer: httpx.Response) -> Said:
        """What follows; a turn that needs longer than its request is asked for again."""
        deadline = time.monotonic() + ANSWER_SECONDS
        pause = 0.3
        request = answer.request
        while answer.status_code in (202, 429, 503):
            assert time.monotonic() < deadline, "no answer came"
            time.sleep(max(pause, float(answer.headers.get("retry-after", "0"))))
            pause = min(10.0, pause * 2)
            headers = self.headers | {"Content-Type": "application/json"}
            answer = self.http.post(request.url.path, content=request.content, headers=headers)
        return self._said(answer)

    def read(self, after: int = 0) -> Said:
        address = f"/api/v1/conversations/{self.id}/messages"
        return self._said(self.http.get(address, params={"after": after}, headers=self.headers))

    def _said(self, answer: httpx.Response) -> Said:
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return Said(answer.json()["messages"])


@dataclass(frozen=True)
class LiveApp:
    url: str
    app: Any

    def http(self) -> httpx.Client:
        """Any number of people may wait at once, as long as a busy machine needs."""
        limits = httpx.Limits(max_connections=None)
        return httpx.Client(base_url=self.url, timeout=120, limits=limits, trust_env=False)


@contextmanager
def running_app(
    app_url: str, now: datetime, state_folder: Path, **environment: str
) -> Iterator[LiveApp]:
    """Serves until the block ends; `environment` adds settings."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = read_settings(
        {
            "APP_DATABASE_URL": app_url,
            "SECRET_KEY": SECRET_KEY,
            "DEMO": "1",
            "CLOCK": now.isoformat(),
            "PUBLIC_URL": url,
            "STATE_FOLDER": str(state_folder),
        }
        | environment
    )
    app = make_app(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=KEEP_ALIVE,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield LiveApp(url, app)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the app ended while it started"
        assert time.monotonic() < deadline, "the app did not start in time"
        time.sleep(0.02)
