"""A colleague at the console over real HTTP: signs in, takes a conversation, answers, closes."""

import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from tests.conftest import PASSWORD

HIDDEN = re.compile(r'<input type="hidden"[^>]*?name="(\w+)"[^>]*?value="([^"]*)"')
CONVERSATION = re.compile(r"/staff/conversations/([0-9a-f-]{36})")


@dataclass
class Colleague:
    url: str
    name: str = "maria@lindby.example"
    http: httpx.Client = field(init=False)
    page: httpx.Response = field(init=False)

    def __enter__(self) -> Self:
        self.http = httpx.Client(
            base_url=self.url,
            headers={"accept": "text/html"},
            follow_redirects=True,
            trust_env=False,
            timeout=20,
        )
        self.open("/staff/sign-in")
        self.send("/staff/sign-in", name=self.name, password=PASSWORD)
        assert self.page.url.path == "/staff/inbox", self.page.url
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def open(self, path: str) -> None:
        self.page = self.http.get(path)
        assert self.page.status_code == 200, (path, self.page.status_code)

    def send(self, path: str, **fields: str) -> None:
        self.page = self.http.post(path, data=dict(HIDDEN.findall(self.page.text)) | fields)
        assert self.page.status_code == 200, (path, self.page.status_code, self.page.text[:500])

    def claim_the_only_one(self) -> str:
        """Takes the one conversation that waits; returns its page."""
        self.open("/staff/inbox")
        [found] = set(CONVERSATION.findall(self.page.text))
        path = f"/staff/conversations/{found}"
        self.open(path)
        self.send(f"{path}/claim")
        return path
