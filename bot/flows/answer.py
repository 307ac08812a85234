"""Answers from the files: the right section first, its source, and honest when there is none."""

from backend import answer_reviews
from backend.reply import Button, Kind, Link, Reply, Source
from bot import buttons
from bot.limits import find_limit
from bot.topic_titles import TITLES
from bot.turn import Turn
from bot.way import find_way
from content.answers import Answer
from content.authorities import find_authority
from content.languages import language_name
from content.markup import plain_text
from content.texts import MESSAGE_LANGUAGE, N_, Texts

SECTION_LABELS = {
    "what": N_("In short"),
    "how": N_("What to do"),
    "bring": N_("What to bring"),
    "cost": N_("Cost"),
    "time": N_("How long it takes"),
    "refused": N_("If you get a no"),
    "children": N_("For children"),
    "more": N_("More"),
}
UNREVIEWED = N_("No person has reviewed this translation yet.")


async def answer_topic(turn: Turn, topic: str, section_id: str | None = None) -> list[Reply]:
    """Says the section asked for, else the one nearest to the question, else the first."""
    turn.remember(topic=topic)
    turn.conversation.misses = 0
    answer = _find(turn, topic)
    if answer is None:
        return [_not_written(turn, topic)]
    if answer.is_expired(turn.now.astimezone(turn.zone).date()):
        return [_expired(turn, answer)]
    section_id = section_id or _nearest_section(turn, answer)
    return [await _say(turn, _up_to_date(turn, answer, section_id), section_id)]


async def show_original(turn: Turn, topic: str, section_id: str) -> list[Reply]:
    """The same section in the language it was written in."""
    answer = turn.answers.source(turn.municipality.country, topic)
    if answer is None or answer.is_expired(turn.now.astimezone(turn.zone).date()):
        return await answer_topic(turn, topic)
    return [await _say(turn, answer, section_id)]


def _find(turn: Turn, topic: str) -> Answer | None:
    country = turn.municipality.country
    found = turn.answers.find(country, topic, turn.language)
    return found or turn.answers.source(country, topic)


def _up_to_date(turn: Turn, answer: Answer, section_id: str) -> Answer:
    """The source, while this section of it has changed since it was translated."""
    if section_id not in answer.stale_sections:
        return answer
    return turn.answers.source(answer.country, answer.topic) or answer


def _nearest_section(turn: Turn, answer: Answer) -> str:
    if turn.understanding is None:
        return answer.sections[0].id
    nearest = turn.sections.nearest(answer.country, answer.topic, turn.understanding.vector)
    return nearest or answer.sections[0].id


async def _say(turn: Turn, answer: Answer, section_id: str) -> Reply:
    section = answer.section(section_id) or answer.sections[0]
    _ = turn.texts.gettext
    title = answer.title
    if section.id != "what":
        title = f"{answer.title}\u00a0· {_(SECTION_LABELS[section.id])}"
    others = tuple(
        Button(_(SECTION_LABELS[other.id]), f"section:{answer.topic}:{other.id}")
        for other in answer.sections
        if other.id != section.id
    )
    original = _original_button(turn, answer, section.id)
    is_reviewed = await answer_reviews.is_reviewed(turn.db, answer)
    said = notes(turn.texts, answer, is_reviewed=is_reviewed)
    return Reply(
        plain_text(section.text),
        kind=Kind.ANSWER,
        title=title,
        source=Source(
            answer.source_name,
            answer.source_url,
            answer.checked_on.isoformat(),
            said,
        ),
        way=find_way(turn.texts, answer.country, answer.topic, f"/m/{turn.municipality.slug}"),
        limit=_limit(turn, answer.topic, said),
        buttons=(*others, *original, buttons.book(turn.texts), buttons.human(turn.texts)),
        language=answer.language,
        page=_page(turn, answer),
    )


def _limit(turn: Turn, topic: str, said: tuple[str, ...]) -> str:
    """Nobody has reviewed these texts; said once in an answer. Under a Swedish answer a Swedish
    reader would not know which translation is meant, so they are not called one."""
    limit = find_limit(turn.texts, turn.municipality, topic)
    is_said = turn.texts.gettext(UNREVIEWED) in said
    if not limit or turn.language == MESSAGE_LANGUAGE or is_said:
        return limit
    note = turn.texts.gettext("No person has reviewed these texts yet.")
    return f"{limit} {note}"


def _page(turn: Turn, answer: Answer) -> str:
    """In the resident's language, unless the original of a translation was asked for."""
    is_usual = _find(turn, answer.topic) is answer
    language = turn.language if is_usual else answer.language
    return f"/m/{turn.municipality.slug}/answers/{answer.topic}/{language}"


def notes(texts: Texts, answer: Answer, *, is_reviewed: bool) -> tuple[str, ...]:
    """What the reader of these texts has to know about the answer's state."""
    _ = texts.gettext
    found = [_("Not yet checked on the authority's page.")]
    if answer.caution:
        found.append(_("Rules may have changed. Look at the source before you decide."))
    if answer.language != texts.language:
        found.append(_("This text is not written in your language yet."))
    elif answer.translated_from and not is_reviewed:
        found.append(_(UNREVIEWED))
    return tuple(found)


def _original_button(turn: Turn, answer: Answer, section_id: str) -> tuple[Button, ...]:
    if not answer.translated_from:
        return ()
    name = language_name(answer.translated_from, turn.language)
    label = turn.texts.gettext("Read the original ({language})", language=name)
    return (Button(label, f"original:{answer.topic}:{section_id}", icon="page"),)


def _not_written(turn: Turn, topic: str) -> Reply:
    title = turn.texts.gettext(TITLES[topic])
    text = turn.texts.gettext(
        "There is no answer about this {place} yet. The authority's own page says what applies,"
        " and a person can help you here.",
        place=turn.place,
    )
    return _without_answer(turn, topic, title, text)


def _expired(turn: Turn, answer: Answer) -> Reply:
    text = turn.texts.gettext(
        "This answer is being checked, because the rules may have changed. The authority's own"
        " page says what applies now, and a person can help you here."
    )
    return _without_answer(turn, answer.topic, answer.title, text)


def _without_answer(turn: Turn, topic: str, title: str, text: str) -> Reply:
    authority = find_authority(turn.municipality.country, topic)
    return Reply(
        text,
        title=title,
        links=(Link(authority.name, authority.url),),
        buttons=(buttons.book(turn.texts), buttons.human(turn.texts), buttons.menu(turn.texts)),
    )
