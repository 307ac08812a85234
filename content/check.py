"""Checks everything that may be said, before anybody reads it.

    python -m content.check [--on DATE] [--release]
    python -m content.check --write-hashes            notes the source of new translations
    python -m content.check --write-hashes FILE …     after a stale translation has been mended

Prints one line per finding; exit 1 when there is an error."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from content.answer_file import AnswerFile, read_answer_file
from content.answers import (
    CONTENT_FOLDER,
    SOURCE_LANGUAGES,
    find_answer_files,
    find_countries,
)
from content.authorities import check_authorities
from content.chain import check_chain
from content.check_answer import check_answer, check_expiry, check_lengths
from content.check_catalogues import check_catalogues
from content.check_translation import check_translation
from content.entry import ContentError
from content.facts import Facts, load_facts
from content.findings import Finding, Severity, warning
from content.languages import ANSWERED
from content.municipalities import load_municipalities
from content.placeholders import find_placeholders
from content.source_hashes import write_hashes, write_missing_hashes
from content.taxonomy import load_taxonomy


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    if options.write_hashes is not None:
        return _write_hashes(options.write_hashes)
    findings = sorted(check_content(CONTENT_FOLDER, options.on, release=options.release))
    for finding in findings:
        print(finding)
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    print(f"content: {errors} errors, {len(findings) - errors} warnings")
    return 1 if errors else 0


def check_content(root: Path, on: date, *, release: bool) -> Iterator[Finding]:
    yield from check_answers(root, on, release=release)
    yield from check_catalogues()


def check_answers(root: Path, on: date, *, release: bool) -> Iterator[Finding]:
    try:
        owners = _find_owners(root)
    except ContentError as error:
        yield Finding(error.where, error.message)
        return
    for country in find_countries(root):
        try:
            facts = load_facts(root / country)
        except ContentError as error:
            yield Finding(error.where, error.message)
            continue
        yield from check_authorities(country, facts)
        yield from check_chain(root / country, facts)
        yield from _check_country(root, country, facts, owners[country], on, release=release)


def _check_country(
    root: Path, country: str, facts: Facts, owners: frozenset[str], on: date, *, release: bool
) -> Iterator[Finding]:
    files: dict[tuple[str, str], AnswerFile] = {}
    for path in find_answer_files(root, country):
        try:
            file = read_answer_file(path)
        except ContentError as error:
            yield Finding(error.where, error.message)
            continue
        files[file.topic, file.language] = file
        yield from check_answer(file, facts, owners)
        yield from check_expiry(file, on, release=release)
    yield from _check_values(country, facts, files)
    yield from _check_questions(files)
    for topic in sorted({topic for topic, _ in files}):
        yield from _check_topic(country, topic, files, facts)


def _check_topic(
    country: str, topic: str, files: Mapping[tuple[str, str], AnswerFile], facts: Facts
) -> Iterator[Finding]:
    where = f"{country}/{topic}"
    if topic not in load_taxonomy().topics:
        yield Finding(where, "name the folder after a topic of taxonomy.yaml")
    source = files.get((topic, SOURCE_LANGUAGES[country]))
    if source is None:
        yield Finding(where, f"write the source {SOURCE_LANGUAGES[country]}.md first")
        return
    yield from check_lengths(source, facts)
    for language in ANSWERED:
        if (topic, language) not in files:
            yield Finding(where, f"translate it: {language}.md is missing")
    for file in files.values():
        if file.topic == topic and file is not source:
            if file.translated_from == source.language:
                yield from check_translation(file, source)
            else:
                yield Finding(file.where, f'add translated_from = "{source.language}"')


def _check_values(
    country: str, facts: Facts, files: Mapping[tuple[str, str], AnswerFile]
) -> Iterator[Finding]:
    used = {
        name
        for file in files.values()
        for text in (file.summary, *(section.text for section in file.sections))
        for name in find_placeholders(text)
    }
    for name, value in facts.values.items():
        where = f"{country}/facts.toml: {name}"
        unknown = [fact for fact in value.sources if fact not in facts.register]
        if unknown:
            yield Finding(where, f"there is no fact {unknown[0]} in sources.md")
        if name not in used:
            yield warning(where, "no answer uses it: remove it or insert it")


def _check_questions(files: Mapping[tuple[str, str], AnswerFile]) -> Iterator[Finding]:
    """A question under two topics would teach the understanding nothing."""
    seen: dict[str, list[AnswerFile]] = defaultdict(list)
    for file in files.values():
        for question in file.questions:
            seen[question.casefold().strip(" ?؟!.")].append(file)
    for question, askers in seen.items():
        topics = {file.topic for file in askers}
        if len(topics) > 1:
            yield Finding(
                askers[-1].where, f"'{question}' stands under {', '.join(sorted(topics))}"
            )


def _find_owners(root: Path) -> Mapping[str, frozenset[str]]:
    owners: dict[str, frozenset[str]] = defaultdict(frozenset)
    for municipality in load_municipalities(root / "municipalities").values():
        owners[municipality.country] |= {body.key for body in municipality.bodies}
    return owners


def _write_hashes(files: list[Path]) -> int:
    try:
        if files:
            changed = write_hashes(files)
        else:
            changed = write_missing_hashes(
                path
                for country in find_countries(CONTENT_FOLDER)
                for path in find_answer_files(CONTENT_FOLDER, country)
            )
    except ContentError as error:
        print(error, file=sys.stderr)
        return 1
    for path in changed:
        print(f"{'/'.join(path.parts[-3:])}: hashes written")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m content.check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    today = datetime.now(UTC).date()
    parser.add_argument("--on", type=date.fromisoformat, default=today, metavar="DATE")
    parser.add_argument("--release", action="store_true", help="an expired answer is an error")
    parser.add_argument("--write-hashes", nargs="*", type=Path, metavar="FILE")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
