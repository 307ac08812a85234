"""Checks everything that may be said, before anybody reads it.

    python -m content.check [--on DATE] [--release]
    python -m content.check --write-hashes            notes the source of new translations
    python -m content.check --write-hashes FILE …     after a stale translation has been mended

Prints one line per finding, then what there is by country and language; exit 1 when there is an
error."""

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
from content.check_figures import check_figures, check_values
from content.check_phrases import check_phrases
from content.check_translation import check_translation
from content.counts import count_answers
from content.directory import check_directories
from content.entry import ContentError
from content.facts import Facts, load_facts
from content.findings import Finding, Severity, warning
from content.glossary import Term, check_glossary, check_terms, load_glossary
from content.languages import ANSWERED, RESIDENT_LANGUAGES
from content.municipalities import load_municipalities
from content.reading_level import check_reading_level
from content.source_hashes import write_hashes, write_missing_hashes
from content.taxonomy import load_taxonomy
from content.toml_lines import with_line

Files = Mapping[tuple[str, str], AnswerFile]

CODES = tuple(language.code for language in RESIDENT_LANGUAGES)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    if options.write_hashes is not None:
        return _write_hashes(options.write_hashes)
    findings = sorted(
        check_content(CONTENT_FOLDER, options.on, release=options.release),
        key=lambda finding: (finding.where.partition(": ")[0], finding.line, finding),
    )
    for finding in findings:
        print(finding)
    print(f"\n{count_answers(CONTENT_FOLDER, options.on)}\n")
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    print(f"content: {errors} errors, {len(findings) - errors} warnings")
    return 1 if errors else 0


def check_content(root: Path, on: date, *, release: bool) -> Iterator[Finding]:
    for finding in (
        *check_answers(root, on, release=release),
        *check_catalogues(),
        *check_phrases(),
    ):
        yield with_line(finding, root)


def check_answers(root: Path, on: date, *, release: bool) -> Iterator[Finding]:
    try:
        owners = _find_owners(root)
    except ContentError as error:
        yield Finding(error.where, error.message)
        return
    yield from check_directories(root / "municipalities")
    for country in find_countries(root):
        try:
            facts, terms = load_facts(root / country), load_glossary(root / country)
        except ContentError as error:
            yield Finding(error.where, error.message)
            continue
        yield from check_authorities(country, facts)
        yield from check_chain(root / country, facts)
        files, problems = _read_files(root, country)
        yield from problems
        for file in files.values():
            yield from check_answer(file, facts, owners[country])
            yield from check_figures(file)
            yield from check_expiry(file, on, release=release)
        yield from _check_country(country, files, facts, terms, release=release)


def _read_files(root: Path, country: str) -> tuple[Files, list[Finding]]:
    files: dict[tuple[str, str], AnswerFile] = {}
    problems: list[Finding] = []
    for path in find_answer_files(root, country):
        try:
            file = read_answer_file(path)
        except ContentError as error:
            problems.append(Finding(error.where, error.message))
            continue
        if file.language in CODES:
            files[file.topic, file.language] = file
        else:
            message = f"name it after a language: there is no locale/{file.language}/language.toml"
            problems.append(Finding(file.where, message))
    return files, problems


def _check_country(
    country: str, files: Files, facts: Facts, terms: Sequence[Term], *, release: bool
) -> Iterator[Finding]:
    source_language = SOURCE_LANGUAGES[country]
    others = [code for code in CODES if code != source_language]
    written = [code for code in others if any(code == language for _, language in files)]
    yield from check_values(country, facts, files.values(), written)
    yield from check_glossary(country, terms, written)
    yield from _check_questions(files)
    topics = sorted({topic for topic, _ in files})
    for topic in topics:
        yield from _check_topic(country, topic, files, facts, release=release)
    for file in files.values():
        if file.language != source_language:
            yield from check_terms(file, terms)
    for code in others:
        missing = [topic for topic in topics if (topic, code) not in files]
        if missing and code not in ANSWERED:
            yield warning(country, f"translate into {code}: {', '.join(missing)}")


def _check_topic(
    country: str, topic: str, files: Files, facts: Facts, *, release: bool
) -> Iterator[Finding]:
    where = f"{country}/{topic}"
    if topic not in load_taxonomy().topics:
        yield Finding(where, "name the folder after a topic of taxonomy.yaml")
    source = files.get((topic, SOURCE_LANGUAGES[country]))
    if source is None:
        yield Finding(where, f"write the source {SOURCE_LANGUAGES[country]}.md first")
        return
    yield from check_lengths(source, facts)
    yield from check_reading_level(source, facts)
    for language in ANSWERED:
        if (topic, language) not in files:
            yield Finding(where, f"translate it: {language}.md is missing")
    for file in files.values():
        if file.topic == topic and file is not source:
            if file.translated_from == source.language:
                yield from check_translation(file, source, release=release)
            else:
                yield Finding(file.where, f'add translated_from = "{source.language}"', line=1)


def _check_questions(files: Files) -> Iterator[Finding]:
    """A question under two topics would teach the understanding nothing."""
    seen: dict[str, list[AnswerFile]] = defaultdict(list)
    for file in files.values():
        for question in file.questions:
            seen[question.casefold().strip(" ?؟!.")].append(file)
    for question, askers in seen.items():
        topics = {file.topic for file in askers}
        if len(topics) > 1:
            message = f"'{question}' stands under {', '.join(sorted(topics))}"
            yield Finding(askers[-1].where, message, line=askers[-1].line_of("questions"))


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
    parser.add_argument(
        "--release", action="store_true", help="an expired answer or a stale section is an error"
    )
    parser.add_argument("--write-hashes", nargs="*", type=Path, metavar="FILE")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
