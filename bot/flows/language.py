"""Choosing and changing the language, at any time and in the middle of anything."""

from backend.reply import Reply
from bot import buttons
from bot.flows.menu import show_menu
from bot.turn import Turn
from content.languages import complete_languages
from content.texts import Domain, load_texts


def ask(turn: Turn) -> list[Reply]:
    return [Reply(turn.texts.gettext("Choose your language."), buttons=buttons.languages())]


def change(turn: Turn, code: str) -> list[Reply]:
    """From now on everything is said in this language; an open flow stays open."""
    if code not in {language.code for language in complete_languages()}:
        return ask(turn)
    turn.conversation.language = code
    turn.conversation.language_chosen = True
    return [Reply(turn.texts.gettext("We go on in English.")), show_menu(turn)]


def offer(turn: Turn) -> list[Reply]:
    """Once per language, and only when sure: "Shall we go on in your language?"."""
    seen = turn.understanding
    if seen is None or not seen.is_language_sure or seen.language in (None, turn.language):
        return []
    offered = list(turn.state.get("offered", []))
    if seen.language in offered or seen.language not in {c.code for c in complete_languages()}:
        return []
    turn.remember(offered=[*offered, seen.language])
    texts = load_texts(Domain.RESIDENT, str(seen.language))
    choice = next(b for b in buttons.languages() if b.action == f"language:{seen.language}")
    question = texts.gettext("Do you want to go on in English?")
    return [Reply(question, buttons=(choice,), language=str(seen.language))]
