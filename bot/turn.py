"""One turn of a conversation: what came in, and what the flows need to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Conversation
from backend.places import Municipality, in_language
from bot.sections import SectionIndex
from content.answers import Answers
from content.locale_format import local_day
from content.texts import Domain, Texts, load_texts
from nlu.client import Understanding
from nlu.entities import Entities, read_entities


@dataclass
class Turn:
    """Flows read it, change `conversation`, and return replies; nothing else leaves a turn."""

    db: AsyncSession
    now: datetime
    municipality: Municipality
    conversation: Conversation
    answers: Answers
    sections: SectionIndex
    secret_key: str
    text: str | None = None
    action: str | None = None
    understanding: Understanding | None = None
    is_erasing: bool = False

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def texts(self) -> Texts:
        return load_texts(Domain.RESIDENT, self.language)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.municipality.time_zone)

    @property
    def place(self) -> str:
        """ "in Lindby", as the language says it."""
        return in_language(self.municipality.name_in, self.language)

    @cached_property
    def entities(self) -> Entities:
        """Days, times and languages in what was written; none in a tap."""
        return read_entities(self.text or "", self.language, local_day(self.now, self.zone))

    @property
    def topic(self) -> str | None:
        """What the conversation was about last."""
        topic: str | None = self.conversation.flow_state.get("topic")
        return topic

    def open_flow(self, flow: str | None, **state: Any) -> None:
        """Enters a flow, or leaves it with None; what outlives flows is kept."""
        kept = {k: v for k, v in self.conversation.flow_state.items() if k in KEPT}
        self.conversation.flow = flow
        self.conversation.flow_state = kept | state

    def remember(self, **state: Any) -> None:
        self.conversation.flow_state = self.conversation.flow_state | state

    @property
    def state(self) -> Mapping[str, Any]:
        return self.conversation.flow_state


KEPT = frozenset({"topic", "offered"})
