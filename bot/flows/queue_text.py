"""How many people are before somebody, in the queue to a person and in the drop-in."""

from content.texts import Texts


def people_before_text(texts: Texts, before: int) -> str:
    if before == 0:
        return texts.gettext("You are first in the queue.")
    return texts.ngettext("{n} person is before you.", "{n} people are before you.", before)
