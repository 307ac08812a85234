"""Official terms of a country and what they are called in each language: glossary.toml. A resident
must recognise the term on a letter and understand it, so an answer explains it where it is first
met: "personal identity number (personnummer)"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category

from content.answer_file import AnswerFile
from content.entry import Entry, parse_toml, read_text
from content.findings import Finding, Severity
from content.languages import ANSWERED
from content.markup import without_links

# A gloss changes its endings with its sentence, and in some languages its beginning too; most of
# its pairs of letters stay.
KEPT_PAIRS = 0.7
# Characters before and after the term in which its gloss is looked for.
AROUND = 90


@dataclass(frozen=True)
class Term:
    """`glosses` has the ways to say it by language; the term itself where it needs no gloss.
    A locked term may not go without."""

    name: str
    is_locked: bool
    glosses: Mapping[str, tuple[str, ...]]

    def find(self, text: str) -> re.Match[str] | None:
        """With an ending at most, so that a longer compound is another word."""
        pattern = rf"(?<![\w-]){re.escape(self.name)}(?:\w{{1,3}})?(?!\w)"
        return re.search(pattern, text, re.IGNORECASE)


def load_glossary(country_folder: Path) -> tuple[Term, ...]:
    path = country_folder / "glossary.toml"
    if not path.exists():
        return ()
    entry = parse_toml(f"{country_folder.name}/glossary.toml", read_text(path))
    return tuple(_parse_term(entry.entry(name), name) for name in entry.values)


def check_glossary(
    country: str, terms: Sequence[Term], languages: Sequence[str]
) -> Iterator[Finding]:
    """One line per language that has terms without a gloss; what stands in that language would not
    be checked, so a locked term has to have one in every language that has to be there."""
    for code in languages:
        missing = [term for term in terms if code not in term.glosses]
        is_error = code in ANSWERED and any(term.is_locked for term in missing)
        if missing:
            message = f"add the gloss in {code} of: {', '.join(term.name for term in missing)}"
            severity = Severity.ERROR if is_error else Severity.WARNING
            yield Finding(f"{country}/glossary.toml: {missing[0].name}", message, severity)


def check_terms(file: AnswerFile, terms: Sequence[Term]) -> Iterator[Finding]:
    """For translations; the source says things in its own words."""
    text = "\n".join(section.text for section in file.sections).casefold()
    for term in terms:
        glosses = term.glosses.get(file.language, ())
        if glosses and term.name not in glosses and term.name.casefold() in text:
            yield from _check_first_mention(file, term, glosses)


def has_gloss(gloss: str, text: str) -> bool:
    wanted = _letter_pairs(gloss)
    return len(wanted & _letter_pairs(text)) >= KEPT_PAIRS * len(wanted)


def _check_first_mention(
    file: AnswerFile, term: Term, glosses: tuple[str, ...]
) -> Iterator[Finding]:
    for section in file.sections:
        for line, written in section.passages():
            text = without_links(written)
            found = term.find(text)
            if found is None:
                continue
            before = text[max(found.start() - AROUND, 0) : found.start()]
            around = f"{before} {text[found.end() : found.end() + AROUND]}"
            if not any(has_gloss(gloss, around) for gloss in glosses):
                message = f"explain it where it is first met: {glosses[0]} ({term.name})"
                severity = Severity.ERROR if term.is_locked else Severity.WARNING
                yield Finding(f"{file.where}: {section.id}", message, severity, line)
            return


def _letter_pairs(text: str) -> set[str]:
    """Vowels of Thai and Arabic are marks, which belong to the word like letters."""
    kept = (sign if category(sign)[0] in "LMN" else " " for sign in text.casefold())
    words = "".join(kept).split()
    return {word[start : start + 2] for word in words for start in range(max(len(word) - 1, 1))}


def _parse_term(entry: Entry, name: str) -> Term:
    glosses = {code: _texts(entry, code) for code in entry.values if code != "locked"}
    is_locked = entry.has("locked") and entry.flag("locked")
    return Term(name, is_locked, glosses)


def _texts(entry: Entry, code: str) -> tuple[str, ...]:
    return (entry.text(code),) if isinstance(entry.values[code], str) else entry.texts(code)
