"""Buttons that many replies share, so that a choice is called the same everywhere."""

from backend.reply import Button
from bot.topic_titles import TITLES
from content.languages import complete_languages
from content.texts import Texts


def book(texts: Texts) -> Button:
    return Button(texts.gettext("Book a time"), "book", icon="calendar")


def human(texts: Texts) -> Button:
    return Button(texts.gettext("Talk to a person"), "human", icon="person")


def drop_in(texts: Texts) -> Button:
    return Button(texts.gettext("Drop-in"), "drop_in", icon="people")


def menu(texts: Texts) -> Button:
    return Button(texts.gettext("Something else"), "menu")


def my_bookings(texts: Texts) -> Button:
    return Button(texts.gettext("My booked times"), "my_bookings", icon="calendar")


def stop(texts: Texts) -> Button:
    return Button(texts.gettext("Stop this"), "stop")


def choice(texts: Texts, intent: str, hint: str = "") -> Button:
    """One of "did you mean"."""
    return Button(texts.gettext(TITLES[intent]), f"mean:{intent}", hint=hint)


def languages() -> tuple[Button, ...]:
    return tuple(
        Button(language.own_name, f"language:{language.code}") for language in complete_languages()
    )
