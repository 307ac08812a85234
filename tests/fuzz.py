"""`make fuzz`: rubbish for everything that reads what people write, for SECONDS (300 unless told).
Stops with exit status 1 and the smallest text it can find that breaks something."""

import asyncio
import json
import os
import sys
import time

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.emergency import is_emergency
from bot.short_words import read_short_word
from nlu.client import NluClient, Understanding
from nlu.language import identify
from nlu.normalise import ENCODED_CHARACTERS, duplicate_key, normalise
from nlu.server import RunningServer, model_path, running_server
from tests.nlu.faulty_server import GOOD_REPLY, local_server, replies

_PIECES = (
    "hur får jag id-kort? ",
    "كيف أفتح حساب\u0640\u0640 بنكي\u064b ",
    "می\u200cخواهم ",
    "ฉันต้องการล่าม",
    "ደሓን ክትከውን ",
    "<script>alert(1)</script>",
    "&#0; {placeholder} %s ",
    "\x00",
    "\u200b\u202e\ufeff",
    "🏠👨‍👩‍👧‍👦🇸🇪",
    "\ud800",
    "e\u0301\u0327",
    "/restart ",
    "\n\n",
    "9" * 40,
    "ﷺ" * 9,
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=200),
    st.lists(st.sampled_from(_PIECES), max_size=60).map("".join),
    st.tuples(st.sampled_from(_PIECES), st.integers(1, 2000)).map(lambda x: x[0] * x[1]),
    st.text(max_size=1).map(lambda sign: sign * 4000),
)
_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
)
replies_of_servers = st.one_of(
    st.binary(max_size=300),
    _json.map(lambda value: json.dumps(value).encode()),
    st.tuples(st.sampled_from(sorted(GOOD_REPLY["landa"])), _json).map(
        lambda changed: json.dumps(
            {"landa": {**GOOD_REPLY["landa"], changed[0]: changed[1]}}
        ).encode()
    ),
)
_quietly = settings(
    max_examples=500, deadline=None, database=None, phases=[Phase.generate, Phase.shrink]
)


@_quietly
@given(texts)
def reading_never_fails(text: str) -> None:
    plain = normalise(text)
    assert normalise(plain) == plain
    assert len(plain) <= ENCODED_CHARACTERS
    plain.encode()
    duplicate_key(text)
    identify(text)
    is_emergency(text)
    read_short_word(text)


def every_text_is_parsed(server: RunningServer) -> None:
    @settings(_quietly, max_examples=60)
    @given(texts)
    def parse(text: str) -> None:
        assert asyncio.run(_understand(server.url, server.token, text)) is not None

    parse()


@settings(_quietly, max_examples=100)
@given(replies_of_servers)
def every_reply_is_understood_or_refused(reply: bytes) -> None:
    async def ask() -> Understanding | None:
        async with local_server(replies(reply)) as server:
            return await _understand(server.url, "token", "hej")

    asyncio.run(ask())


async def _understand(url: str, token: str, text: str) -> Understanding | None:
    async with NluClient([url], token, timeout=30.0) as client:
        return await client.understand(text)


def main() -> int:
    rounds = 0
    with running_server(model_path()) as server:
        until = time.monotonic() + float(os.environ.get("SECONDS", "300"))
        while time.monotonic() < until:
            reading_never_fails()
            every_text_is_parsed(server)
            every_reply_is_understood_or_refused()
            rounds += 1
            print(f"{rounds} rounds, nothing found", file=sys.stderr, flush=True)
    print(f"{rounds * 660} texts and replies, nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
