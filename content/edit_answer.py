"""Puts translated texts into an answer file and leaves every other byte as it is."""

import re
from collections.abc import Mapping
from pathlib import Path

from content.answer_file import (
    MATTER,
    AnswerFile,
    Review,
    WrittenSection,
    parse_answer_file,
    section_hash,
)
from content.edit_toml import quoted, set_text
from content.entry import ContentError
from content.source_hashes import replace_hashes

_REVIEW = re.compile(r'^review\s*=\s*"\w+"', re.MULTILINE)
_CHUNKS = re.compile(r"^(?=##)", re.MULTILINE)


def new_answer(path: Path, source: AnswerFile, texts: Mapping[str, str]) -> str:
    """All texts of a topic that is not written in this language yet. Its questions are still to be
    found: nobody can translate what people ask."""
    values = {
        "title": quoted(texts["title"]),
        "summary": quoted(texts["summary"]),
        "questions": "[]",
        "source_name": quoted(source.source_name),
        "source_url": quoted(source.source_url),
        "checked_on": str(source.checked_on),
        "valid_until": str(source.valid_until),
        "owner": quoted(source.owner),
        "review": quoted(Review.NONE),
        "translated_from": quoted(source.language),
    }
    rows = [f"{key} = {value}" for key, value in values.items()]
    parts = [f"{_heading(part)}\n{texts[part.id]}\n" for part in source.sections]
    text = "\n".join(["+++", *rows, "+++", "", "\n".join(parts)])
    hashes = {part.id: section_hash(part.text) for part in source.sections}
    return _checked(path, replace_hashes(text, hashes), texts)


def edit_answer(file: AnswerFile, text: str, source: AnswerFile, texts: Mapping[str, str]) -> str:
    """`text` is what the file holds, `texts` what to put into it by section, title or summary. What
    a person has reviewed was the earlier text, so a mark in the file goes. Raises ContentError."""
    start, matter, body = _split(text)
    for key in MATTER:
        if key in texts:
            matter = set_text(file.where, matter, "", key, texts[key])
    if _differs(file, texts):
        matter = _REVIEW.sub('review = "none"', matter, count=1)
    sections = {part.id: part for part in source.sections if part.id in texts}
    body = _replace_sections(body, file, sections, texts, [part.id for part in source.sections])
    edited = f"{start}{matter}{body}"
    if sections:
        made_from = {id_: section_hash(part.text) for id_, part in sections.items()}
        hashes = {**file.source_hashes, **made_from}
        order = [part.id for part in source.sections]
        known = [id_ for id_ in order if id_ in hashes]
        others = [id_ for id_ in hashes if id_ not in known]
        edited = replace_hashes(edited, {id_: hashes[id_] for id_ in [*known, *others]})
    return _checked(file.path, edited, texts)


def _split(text: str) -> tuple[str, str, str]:
    end = text.index("\n+++\n", 3)
    return text[:4], text[4:end], text[end:]


def _differs(file: AnswerFile, texts: Mapping[str, str]) -> bool:
    return any(text != file.text_of(key) for key, text in texts.items())


def _replace_sections(
    body: str,
    file: AnswerFile,
    sections: Mapping[str, WrittenSection],
    texts: Mapping[str, str],
    order: list[str],
) -> str:
    before, *chunks = _CHUNKS.split(body)
    found = [part.id for part in file.sections]
    for id_, source in sections.items():
        if id_ in found:
            place = found.index(id_)
            chunks[place] = _replace_text(chunks[place], file.sections[place], source, texts[id_])
        else:
            later = set(order[order.index(id_) + 1 :])
            place = next((at for at, known in enumerate(found) if known in later), len(found))
            found.insert(place, id_)
            chunks.insert(place, f"{_heading(source)}\n{texts[id_]}\n")
    return before + _spaced(chunks, had=len(file.sections))


def _spaced(chunks: list[str], had: int) -> str:
    """A new section is set apart from its neighbours; otherwise spacing stays."""
    if len(chunks) == had:
        return "".join(chunks)
    return "\n\n".join(chunk.rstrip("\n") for chunk in chunks) + "\n"


def _replace_text(chunk: str, own: WrittenSection, source: WrittenSection, text: str) -> str:
    """The facts of the heading are the source's, as the check wants them."""
    heading, _, old = chunk.partition("\n")
    if set(own.fact_references) != set(source.fact_references):
        heading = _heading(source)
    start = old[: len(old) - len(old.lstrip())]
    end = old[len(old.rstrip()) :] if old.strip() else "\n\n"
    return f"{heading}\n{start}{text}{end}"


def _heading(section: WrittenSection) -> str:
    facts = ", ".join(section.fact_references)
    return f"## {section.id} {{facts: {facts}}}" if facts else f"## {section.id}"


def _checked(path: Path, edited: str, texts: Mapping[str, str]) -> str:
    """What was put in is read from it again, so nothing in a text can become a heading or a key."""
    file = parse_answer_file(path, edited)
    wrong = [key for key, text in texts.items() if file.text_of(key) != text]
    if wrong:
        raise ContentError(file.where, f"write '{wrong[0]}' by hand: it cannot be put in")
    return edited
