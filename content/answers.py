"""All answers, loaded once and never changed: what may be said about a topic, in which language,
from which source and until when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from content.answer_file import AnswerFile, Review, WrittenSection, read_answer_file, section_hash
from content.entry import ContentError
from content.facts import Facts, Mark, load_facts, strictest
from content.placeholders import find_placeholders

CONTENT_FOLDER = Path(__file__).parent

# Finland's source is Finnish; its Swedish text is tracked as a translation.
SOURCE_LANGUAGES: Mapping[str, str] = {"se": "sv", "dk": "da", "fi": "fi"}


@dataclass(frozen=True)
class Section:
    """`text` has the facts inserted; content.markup turns it into blocks. `hash` is of the text as
    the file has it, which is what translations note."""

    id: str
    text: str
    written: str
    hash: str
    facts: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True)
class Answer:
    country: str
    topic: str
    language: str
    title: str
    summary: str
    questions: tuple[str, ...]
    sections: tuple[Section, ...]
    source_name: str
    source_url: str
    checked_on: date
    valid_until: date
    owner: str
    review: Review
    translated_from: str | None
    source_hashes: Mapping[str, str]
    stale_sections: frozenset[str]

    @property
    def caution(self) -> bool:
        """Whether a fact behind it must be checked, so that the rules may have changed."""
        return strictest(section.mark for section in self.sections) is Mark.CHECK

    @cached_property
    def text_hash(self) -> str:
        """Of everything that a reader sees, so that a review holds for exactly this text."""
        parts = (f"{section.id} {section.text}" for section in self.sections)
        place = (self.country, self.topic, self.language)
        return section_hash("\n".join([*place, self.title, self.summary, *parts]))

    def is_expired(self, on: date) -> bool:
        return on > self.valid_until

    def section(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)


@dataclass(frozen=True)
class Answers:
    by_key: Mapping[tuple[str, str, str], Answer]

    def find(self, country: str, topic: str, language: str) -> Answer | None:
        return self.by_key.get((country, topic, language))

    def source(self, country: str, topic: str) -> Answer | None:
        """The text that the others are translated from."""
        return self.find(country, topic, SOURCE_LANGUAGES[country])

    def topics(self, country: str) -> tuple[str, ...]:
        return tuple(
            sorted(
                answer.topic
                for answer in self
                if answer.country == country and answer.translated_from is None
            )
        )

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.by_key.values())


def load_answers(root: Path = CONTENT_FOLDER) -> Answers:
    """Raises ContentError for a file that cannot be read."""
    answers: dict[tuple[str, str, str], Answer] = {}
    for country in find_countries(root):
        facts = load_facts(root / country)
        files = {
            (file.topic, file.language): file
            for file in map(read_answer_file, find_answer_files(root, country))
        }
        for (topic, language), file in files.items():
            source = files.get((topic, file.translated_from or language))
            answers[country, topic, language] = _make_answer(file, source, facts)
    return Answers(answers)


def find_countries(root: Path) -> tuple[str, ...]:
    return tuple(country for country in SOURCE_LANGUAGES if (root / country).is_dir())


def find_answer_files(root: Path, country: str) -> tuple[Path, ...]:
    return tuple(sorted((root / country).glob("*/*.md")))


def find_stale_sections(file: AnswerFile, source: AnswerFile | None) -> frozenset[str]:
    """Sections whose source has changed since the translation was made, or was never noted."""
    if file.translated_from is None:
        return frozenset()
    current = {part.id: section_hash(part.text) for part in source.sections} if source else {}
    return frozenset(
        part.id
        for part in file.sections
        if part.id not in current or file.source_hashes.get(part.id) != current[part.id]
    )


def find_section_facts(section: WrittenSection, facts: Facts) -> tuple[str, ...]:
    """The facts named in the heading and those behind the inserted values, each once."""
    named = _expand(section.fact_references, facts)
    inserted = [
        fact_id
        for name in find_placeholders(section.text)
        if name in facts.values
        for fact_id in facts.values[name].sources
    ]
    return tuple(dict.fromkeys([*named, *inserted]))


def _expand(references: Iterable[str], facts: Facts) -> list[str]:
    return [fact_id for reference in references for fact_id in facts.expand(reference)]


def _make_answer(file: AnswerFile, source: AnswerFile | None, facts: Facts) -> Answer:
    return Answer(
        country=file.country,
        topic=file.topic,
        language=file.language,
        title=file.title,
        summary=_insert(file, file.summary, facts),
        questions=file.questions,
        sections=tuple(_make_section(file, section, facts) for section in file.sections),
        source_name=file.source_name,
        source_url=file.source_url,
        checked_on=file.checked_on,
        valid_until=file.valid_until,
        owner=file.owner,
        review=file.review,
        translated_from=file.translated_from,
        source_hashes=file.source_hashes,
        stale_sections=find_stale_sections(file, source),
    )


def _make_section(file: AnswerFile, section: WrittenSection, facts: Facts) -> Section:
    fact_ids = find_section_facts(section, facts)
    text = _insert(file, section.text, facts)
    return Section(
        id=section.id,
        text=text,
        written=section.text,
        hash=section_hash(section.text),
        facts=fact_ids,
        mark=facts.strictest_mark(fact_ids),
    )


def _insert(file: AnswerFile, text: str, facts: Facts) -> str:
    try:
        return facts.insert(text, file.language)
    except KeyError as error:
        message = f"add the value {error.args[0]} to {file.country}/facts.toml"
        raise ContentError(file.where, message) from error
