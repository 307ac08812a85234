"""The same dialogue over the API and over Telegram, with the trained model, in every language."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bot.channels.telegram_town import FRIDAY, Town, telegram_town
from tests.bot.script import LANGUAGES, follow
from tests.conftest import Urls
from tests.desk import Colleague
from tests.fakes.botapi_chat import Chat
from tests.live import Resident, Said, running_app


@dataclass
class OverApi:
    resident: Resident
    last: Said

    @property
    def language(self) -> str:
        return self.resident.language

    async def say(self, text: str) -> str:
        return self._keep(await asyncio.to_thread(self.resident.say, text))

    async def press(self, label: str) -> str:
        action = self.last.button(label)
        return self._keep(await asyncio.to_thread(self.resident.press, action))

    async def press_first_time(self) -> str:
        action = self.last.last["buttons"][0]["action"]
        return self._keep(await asyncio.to_thread(self.resident.press, action))

    async def hear(self, text: str) -> None:
        def heard() -> bool:
            return any(text in message["text"] for message in self.resident.read().messages)

        for _ in range(100):
            if await asyncio.to_thread(heard):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{text!r} never came")

    def _keep(self, said: Said) -> str:
        self.last = said
        return shown(said)


def shown(said: Said) -> str:
    parts = [
        [message["title"], message["text"], (message["source"] or {}).get("name", "")]
        for message in said.messages
    ]
    return "\n".join(text for part in parts for text in part)


@dataclass
class OverTelegram:
    chat: Chat
    language: str

    async def say(self, text: str) -> str:
        self.chat.send(text)
        return await self._heard()

    async def press(self, label: str) -> str:
        self.chat.press(label)
        return await self._heard()

    async def press_first_time(self) -> str:
        newest = self.chat.replies[-1]
        slot = next(b for row in newest.buttons for b in row if b.callback_data)
        self.chat.press(str(slot.callback_data))
        return await self._heard()

    async def hear(self, text: str) -> None:
        await self.chat.until(
            lambda transcript: any(text in message.text for message in transcript), within=20
        )

    async def _heard(self) -> str:
        """What came since the last tap, once it is quiet."""
        found = list(await self.chat.expect(1, within=20))
        while True:
            try:
                found += await self.chat.expect(1, within=1.2)
            except AssertionError:
                return "\n".join(message.text for message in found)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_dialogue_over_the_api(
    urls: Urls, vectors: Path, nlu: dict[str, str], language: str
) -> None:
    with running_app(urls.app, FRIDAY, vectors, **nlu) as app, app.http() as http:
        resident = await asyncio.to_thread(Resident, http, language)
        talker = OverApi(resident, resident.first)
        await follow(talker, lambda: Colleague(app.url))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_dialogue_over_telegram(
    urls: Urls, vectors: Path, nlu: dict[str, str], language: str
) -> None:
    with telegram_town(urls, vectors, settings=nlu) as town:
        talker = await greeted(town, language)
        await follow(talker, lambda: Colleague(town.app.url))
        [calendar] = [m.document for m in talker.chat.replies if m.document]
    assert calendar.file_name.endswith(".ics")


async def greeted(town: Town, language: str) -> OverTelegram:
    talker = OverTelegram(town.newcomer("Amina", language), language)
    await talker.say("/start")
    return talker
