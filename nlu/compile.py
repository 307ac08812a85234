"""Collects the lines that Rasa is trained on: nlu/data and the questions that content authors
wrote, without contradictions and without the lines that the evaluation keeps aside."""

import argparse
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from nlu.normalise import duplicate_key

PROJECT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "sv", "ar", "da", "fi", "uk", "ru", "et", "th", "so", "fa", "ti")
# In each language. Foreign questions are of every kind, and short acts have many short forms.
_FEWEST_LINES = 15
_FEWEST_SHORT = 25
_FEWEST_FOREIGN = 60
# The encoder knows least of these, so they have twice as many.
_WEAKEST = frozenset({"so", "ti"})
_SHORT = frozenset({"affirm", "deny", "thank", "greet", "goodbye", "stop", "restart", "help"})

_FRONT_MATTER = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n", re.DOTALL)


class UnreadableLines(Exception):
    """A file is broken; the message names it."""


@dataclass(frozen=True)
class Line:
    """One thing a resident may say, and where it stands."""

    text: str
    id: str
    language: str
    place: str

    @cached_property
    def key(self) -> str:
        # A text of signs only ("???", an emoji) has an empty folded form.
        return duplicate_key(self.text) or self.text


@dataclass(frozen=True)
class Sources:
    """The folders and files that training lines come from."""

    taxonomy: Path
    training: Path
    evaluation: Path
    content: Path
    domain: Path


REPOSITORY = Sources(
    taxonomy=PROJECT / "content" / "taxonomy.yaml",
    training=PROJECT / "nlu" / "data",
    evaluation=PROJECT / "nlu" / "evaluation",
    content=PROJECT / "content",
    domain=PROJECT / "nlu" / "domain.yml",
)


def taxonomy_ids(sources: Sources) -> tuple[str, ...]:
    """All ids, topics first."""
    taxonomy = yaml.safe_load(sources.taxonomy.read_text(encoding="utf-8"))
    return (*taxonomy["topics"], *taxonomy["acts"])


def collect(sources: Sources) -> list[Line]:
    """Every line, training data before content questions, in a stable order."""
    return [*_training_lines(sources), *_content_questions(sources)]


def evaluation_lines(sources: Sources) -> list[Line]:
    """The lines kept aside, which nothing is ever trained on."""
    return [
        Line(record["text"], record["intent"], record["lang"], path.name)
        for path in sorted(sources.evaluation.glob("*.jsonl"))
        for row in path.read_text(encoding="utf-8").splitlines()
        if row.strip()
        for record in [json.loads(row)]
    ]


def usable(lines: Sequence[Line], sources: Sources) -> list[Line]:
    """The lines to train on: the first of equal lines counts, evaluation lines never.

    An editor's doubtful question must not keep a service from starting; `check` reports it.
    """
    ids, seen = set(taxonomy_ids(sources)), _evaluation_keys(sources)
    kept = []
    for line in lines:
        if line.id in ids and line.key not in seen:
            seen.add(line.key)
            kept.append(line)
    return kept


def check(lines: Sequence[Line], sources: Sources) -> list[str]:
    """What is wrong with the lines, as sentences."""
    return [
        *_unknown_ids(lines, sources),
        *_too_few(lines, sources),
        *_contradictions(lines),
        *_leaks(lines, sources),
        *_domain_differences(sources),
    ]


def write(lines: Iterable[Line], target: Path) -> None:
    """One Rasa training file, sorted, so that equal lines give equal bytes."""
    examples: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        examples.setdefault((line.id, line.language), []).append(line.text)
    blocks = [
        {"intent": id, "metadata": {"language": language}, "examples": _bullets(texts)}
        for (id, language), texts in sorted(examples.items())
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    training = {"version": "3.1", "nlu": blocks}
    written = yaml.dump(training, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10_000)
    target.write_text(written, encoding="utf-8")


def _bullets(texts: Iterable[str]) -> str:
    return "".join(f"- {text}\n" for text in texts)


def _training_lines(sources: Sources) -> Iterator[Line]:
    for path in sorted(sources.training.glob("*.yml")):
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            yield from _lines_of_blocks(document, path.name)
        except (yaml.YAMLError, KeyError, TypeError) as problem:
            raise UnreadableLines(f"{path}: {problem!r}") from problem


def _lines_of_blocks(document: dict[str, Any], place: str) -> Iterator[Line]:
    for block in document["nlu"]:
        language = block["metadata"]["language"]
        for bullet in block["examples"].splitlines():
            if text := bullet.strip().removeprefix("-").strip():
                yield Line(text, block["intent"], language, place)


def _content_questions(sources: Sources) -> Iterator[Line]:
    for path in sorted(sources.content.glob("*/*/*.md")):
        front_matter = _FRONT_MATTER.match(path.read_text(encoding="utf-8"))
        place = str(path.relative_to(sources.content.parent))
        for question in _questions(front_matter[1], path) if front_matter else ():
            yield Line(question.strip(), path.parent.name, path.stem, place)


def _questions(front_matter: str, path: Path) -> list[str]:
    try:
        return list(tomllib.loads(front_matter).get("questions", []))
    except tomllib.TOMLDecodeError as problem:
        raise UnreadableLines(f"{path}: {problem}") from problem


def _evaluation_keys(sources: Sources) -> set[str]:
    return {line.key for line in evaluation_lines(sources)}


def _unknown_ids(lines: Sequence[Line], sources: Sources) -> Iterator[str]:
    for id in sorted({line.id for line in lines} - set(taxonomy_ids(sources))):
        yield f"{id} is not in the taxonomy"


def _too_few(lines: Sequence[Line], sources: Sources) -> Iterator[str]:
    counts = Counter(
        (id, language) for id, language, _ in {(x.id, x.language, x.key) for x in lines}
    )
    for id in taxonomy_ids(sources):
        for language in LANGUAGES:
            fewest = _fewest(id) * (1 + (language in _WEAKEST))
            if counts[id, language] < fewest:
                yield f"{id} has {counts[id, language]} lines in {language}, not {fewest}"


def _fewest(id: str) -> int:
    if id == "out_of_scope":
        return _FEWEST_FOREIGN
    return _FEWEST_SHORT if id in _SHORT else _FEWEST_LINES


def _contradictions(lines: Sequence[Line]) -> Iterator[str]:
    first: dict[str, Line] = {}
    for line in lines:
        other = first.setdefault(line.key, line)
        if other.id != line.id:
            yield f"{line.text!r} means {other.id} in {other.place} and {line.id} in {line.place}"


def _leaks(lines: Sequence[Line], sources: Sources) -> Iterator[str]:
    kept_aside = _evaluation_keys(sources)
    for line in dict.fromkeys(lines):
        if line.key in kept_aside:
            yield f"{line.text!r} in {line.place} is an evaluation line"


def _domain_differences(sources: Sources) -> Iterator[str]:
    domain = yaml.safe_load(sources.domain.read_text(encoding="utf-8"))
    if list(domain["intents"]) != list(taxonomy_ids(sources)):
        yield f"{sources.domain.name} does not list exactly the ids of the taxonomy, in its order"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.compile", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    parser.add_argument("--output", type=Path, default=PROJECT / ".landa" / "model" / "nlu.yml")
    options = parser.parse_args(arguments)
    lines = collect(REPOSITORY)
    problems = check(lines, REPOSITORY)
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    if options.check:
        return 1 if problems else 0
    kept = usable(lines, REPOSITORY)
    write(kept, options.output)
    print(f"{len(kept)} lines written to {options.output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
