"""The same dialogue for every channel and language, in the words of the catalogue."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from content.texts import Domain, load_texts
from tests.desk import Colleague

CODE = re.compile(r"\b[A-HJ-NP-Z2-9]{3} [A-HJ-NP-Z2-9]{3}\b")
NUMBER = re.compile(r"\b[A-F]\d+\b")
LANGUAGES = ("sv", "en", "ar")

QUESTIONS = {
    "sv": "hur får jag ett id-kort?",
    "en": "how do I get an ID card",
    "ar": "كيف أحصل على بطاقة هوية؟",
}
DROP_IN = {
    "sv": "jag vill komma på drop-in",
    "en": "I want to come to the drop-in",
    "ar": "بدي اجي على drop-in بدون موعد",
}
PERSON = {
    "sv": "jag vill prata med en människa",
    "en": "I want to talk to a real person please",
    "ar": "بدي احكي مع شخص",
}


class Talker(Protocol):
    """A resident on some channel; every call returns the texts that came back, as one text."""

    @property
    def language(self) -> str: ...

    async def say(self, text: str) -> str: ...

    async def press(self, label: str) -> str: ...

    async def press_first_time(self) -> str: ...

    async def hear(self, text: str) -> None: ...


@dataclass(frozen=True)
class Words:
    language: str

    def __call__(self, message: str, **values: object) -> str:
        return load_texts(Domain.RESIDENT, self.language).gettext(message, **values)


async def follow(talker: Talker, desk: Callable[[], Colleague]) -> None:
    """Question, booking, queue number, a person, and the bot again."""
    words = Words(talker.language)
    heard = await talker.say(QUESTIONS[talker.language])
    assert "Skatteverket" in heard, heard

    await talker.press(words("Book a time"))
    assert words("When") in await talker.press_first_time()
    assert CODE.search(await talker.press(words("Yes, book this time")))

    assert "Storgatan 4" in await talker.say(DROP_IN[talker.language])
    assert NUMBER.search(await talker.press(words("Take a queue number")))

    assert "?" in (await talker.say(PERSON[talker.language])).replace("؟", "?")
    waiting = await talker.press(words("Yes, show the conversation"))
    assert words("You are in the queue for a person.") in waiting

    with desk() as maria:
        path = maria.claim_the_only_one()
        await talker.hear("Maria Lindqvist")
        assert QUESTIONS[talker.language].split()[0] in maria.page.text
        maria.send(f"{path}/reply", text="Hej, jag heter Maria.")
        await talker.hear("Hej, jag heter Maria.")
        maria.open(path)
        maria.send(f"{path}/close")
        await talker.hear("Maria Lindqvist")

    heard = await talker.say(QUESTIONS[talker.language])
    assert "Skatteverket" in heard, heard
