"""What there is to translate into one language, text by text: the answers of a country with the
values that they insert, the phrases, or the texts of a municipality. Questions are no translations
but what people of that language really ask, so they are left out; so are official terms, which
stand as notes."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from content.answer_file import (
    MATTER,
    AnswerFile,
    Review,
    WrittenSection,
    read_answer_file,
    section_hash,
)
from content.answer_state import State, is_expiring
from content.answers import SOURCE_LANGUAGES, find_stale_sections
from content.check_figures import needs_words
from content.entry import ContentError
from content.facts import Facts, load_facts
from content.glossary import Term, load_glossary
from content.languages import RESIDENT_LANGUAGES
from content.municipality_texts import default_language, municipality_slugs, placed_wordings
from content.phrases import SOURCE_LANGUAGE, read_phrase_files
from content.placeholders import find_placeholders
from content.taxonomy import load_taxonomy
from content.text_diff import Fate, compare_sentences

PHRASES = "phrases"
FACTS = "facts"

# What a source said before it was changed, by topic, section and hash.
Earlier = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class Unit:
    """`key` is its place, such as se/id_card/how, se/facts/id_card_fee or phrases/times.moved.
    `text` is empty where it is missing; `before` is the source text that a stale one was made
    from, where that is known."""

    key: str
    source: str
    text: str
    state: State
    notes: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True)
class Pair:
    """One topic in its source and in the other language, where it is written."""

    source: AnswerFile
    file: AnswerFile | None
    stale: frozenset[str]

    @property
    def place(self) -> str:
        return f"{self.source.country}/{self.source.topic}"


def find_scopes(root: Path) -> tuple[str, ...]:
    """Countries, the phrases, and municipalities by their slug."""
    return (*SOURCE_LANGUAGES, PHRASES, *municipality_slugs(root))


def source_language(root: Path, scope: str) -> str:
    if scope in municipality_slugs(root):
        return default_language(root, scope)
    return SOURCE_LANGUAGES.get(scope, SOURCE_LANGUAGE)


def check_language(root: Path, scope: str, language: str) -> None:
    """Raises ContentError for a language that this cannot be translated into."""
    if language == source_language(root, scope):
        raise ContentError(scope, f"is written in {language}; choose another language")
    if language not in {entry.code for entry in RESIDENT_LANGUAGES}:
        raise ContentError(scope, f"there is no locale/{language}/language.toml")


def find_units(
    root: Path,
    scope: str,
    language: str,
    on: date,
    *,
    topics: Sequence[str] = (),
    reviewed: Container[str] = frozenset(),
    earlier: Earlier | None = None,
) -> list[Unit]:
    """`topics` are all if none is named, `reviewed` those that somebody of the municipality has
    reviewed in this language. Raises ContentError."""
    check_language(root, scope, language)
    if scope == PHRASES:
        return list(_phrase_units(root / PHRASES, language))
    if scope in municipality_slugs(root):
        return list(_municipality_units(root, scope, language))
    pairs = read_pairs(root, scope, language, topics)
    facts, terms = load_facts(root / scope), load_glossary(root / scope)
    found: list[Unit] = []
    for pair in pairs:
        state = _answer_state(pair, on, reviewed)
        found += _answer_units(pair, state, _Notes(facts, terms, language, earlier or {}))
    used = {name for unit in found for name in find_placeholders(unit.source)} if topics else None
    return found + list(_value_units(scope, language, facts, used))


def read_pairs(root: Path, country: str, language: str, topics: Sequence[str]) -> list[Pair]:
    """Raises ContentError for a topic that has no source."""
    chosen = topics or [
        topic
        for topic in load_taxonomy().topics
        if _path(root, country, topic, SOURCE_LANGUAGES[country]).exists()
    ]
    return [_read_pair(root, country, topic, language) for topic in chosen]


def _path(root: Path, country: str, topic: str, language: str) -> Path:
    return root / country / topic / f"{language}.md"


def _read_pair(root: Path, country: str, topic: str, language: str) -> Pair:
    path = _path(root, country, topic, SOURCE_LANGUAGES[country])
    if topic not in load_taxonomy().topics or not path.exists():
        raise ContentError(country, f"has no answer about '{topic}'")
    source, own = read_answer_file(path), path.with_stem(language)
    file = read_answer_file(own) if own.exists() else None
    return Pair(source, file, find_stale_sections(file, source) if file else frozenset())


def _answer_state(pair: Pair, on: date, reviewed: Container[str]) -> State:
    """Of what is neither missing nor stale."""
    if pair.file is None:
        return State.MISSING
    if on > pair.file.valid_until:
        return State.EXPIRED
    if is_expiring(pair.file, on):
        return State.EXPIRING
    is_reviewed = pair.file.review is not Review.NONE or pair.source.topic in reviewed
    return State.REVIEWED if is_reviewed else State.UNREVIEWED


@dataclass(frozen=True)
class _Notes:
    """What a translator has to know about a section."""

    facts: Facts
    terms: Sequence[Term]
    language: str
    earlier: Earlier

    def of(self, source: str) -> Iterator[str]:
        for name in dict.fromkeys(find_placeholders(source)):
            if name in self.facts.values:
                value = self.facts.values[name].text(self.language)
                yield f"{{{name}}} is shown as: {value}. Keep it as it stands."
        for term in self.terms:
            glosses = term.glosses.get(self.language, ())
            if term.is_locked and term.find(source):
                explained = f" = {', '.join(glosses)}" if glosses else ""
                yield f"Official term: {term.name}{explained}"

    def changes(self, before: str, now: str) -> Iterator[str]:
        if not before:
            yield "The source has changed since this was translated."
        words = {Fate.GONE: "No longer in the source", Fate.NEW: "New in the source"}
        for sentence in compare_sentences(before, now) if before else ():
            if sentence.fate in words:
                yield f"{words[sentence.fate]}: {sentence.text}"


def _answer_units(pair: Pair, state: State, notes: _Notes) -> Iterator[Unit]:
    for part, limit in zip(MATTER, ("40 characters", "one line, 110 characters"), strict=True):
        text = pair.file.text_of(part) if pair.file else ""
        shown = state if text else State.MISSING
        note = f"State: {shown}; at most {limit}"
        yield Unit(f"{pair.place}/{part}", pair.source.text_of(part), text, shown, (note,))
    for section in pair.source.sections:
        if section.text:
            yield _section_unit(pair, section, state, notes)


def _section_unit(pair: Pair, section: WrittenSection, state: State, notes: _Notes) -> Unit:
    text = pair.file.text_of(section.id) if pair.file else ""
    before, about = "", [*notes.of(section.text)]
    if not text:
        state = State.MISSING
    elif section.id in pair.stale and pair.file:
        state = State.STALE
        made_from = pair.file.source_hashes.get(section.id, "")
        before = notes.earlier.get((pair.source.topic, section.id, made_from), "")
        about += notes.changes(before, section.text)
    key = f"{pair.place}/{section.id}"
    return Unit(key, section.text, text, state, (f"State: {state}", *about), before)


def _value_units(
    country: str, language: str, facts: Facts, used: Container[str] | None
) -> Iterator[Unit]:
    """Those with words, in the source or in the language: a number that is the same everywhere, or
    a phone number with its marks of direction, is nothing to translate."""
    for name, value in facts.values.items():
        text = value.by_language.get(language, "")
        has_words = needs_words(value.value) or needs_words(text)
        if (used is None or name in used) and has_words:
            state = State.UNREVIEWED if text else State.MISSING
            note = f"State: {state}; a value that stands in sentences as {{{name}}}"
            yield Unit(f"{country}/{FACTS}/{name}", value.value, text, state, (note,))


def _phrase_units(folder: Path, language: str) -> Iterator[Unit]:
    files = read_phrase_files(folder)
    own = files[language].texts if language in files else {}
    for key, phrase in files[SOURCE_LANGUAGE].texts.items():
        if key not in own:
            state = State.MISSING
        else:
            is_reviewed = own[key].review is not Review.NONE
            state = State.REVIEWED if is_reviewed else State.UNREVIEWED
        text = own[key].text if key in own else ""
        note = f"State: {state}; staff send it to a resident"
        yield Unit(f"{PHRASES}/{key}", phrase.text, text, state, (note,))


def _municipality_units(root: Path, slug: str, language: str) -> Iterator[Unit]:
    for wording in placed_wordings(root, slug):
        text = wording.texts.get(language, "")
        # A name without a text of its own in the municipality's language is there in English only.
        if text is not wording.source:
            state = State.UNREVIEWED if text else State.MISSING
            yield Unit(wording.key, wording.source, text, state, (f"State: {state}",))


def same_source(one: str, other: str) -> bool:
    """As translations note it: spacing may differ."""
    return section_hash(one) == section_hash(other)
