"""What a resident reads before having written anything."""

from backend.places import Municipality, in_language
from backend.reply import Reply
from bot.flows.menu import greeting, menu_reply
from content.texts import Domain, load_texts


def first_words(municipality: Municipality, language: str) -> list[Reply]:
    """The greeting and the guided menu."""
    texts = load_texts(Domain.RESIDENT, language)
    return [greeting(texts, in_language(municipality.name_in, language)), menu_reply(texts)]
