"""The two commands by which texts go to translators and come back: `landa content export` and
`landa content import`. What they print says what is done and what is to be done."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from content.answer_state import State
from content.answers import CONTENT_FOLDER
from content.entry import ContentError
from content.import_translations import Plan, plan_import, write_changes
from content.translation_units import find_units
from content.translators_file import MAX_SIZE, write_sheet


def export_texts(
    scope: str,
    language: str,
    topics: Sequence[str] = (),
    states: Sequence[State] = (),
    output: Path | None = None,
    root: Path = CONTENT_FOLDER,
) -> int:
    """Prints the file unless it is to be written somewhere. Raises ContentError."""
    now = datetime.now(UTC)
    units = find_units(root, scope, language, now.date(), topics=topics)
    chosen = [unit for unit in units if not states or unit.state in states]
    text = write_sheet(scope, language, chosen, now)
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ContentError(str(output), f"cannot be written: {error.strerror}") from error
    print(f"{output}: {len(chosen)} of {len(units)} texts, {scope} in {language}")
    return 0


def import_texts(file: Path, *, is_dry_run: bool = False, root: Path = CONTENT_FOLDER) -> int:
    """1 when a text is refused and nothing is written. Raises ContentError for a file that is not
    one of ours."""
    plan = plan_import(root, file.name, _read(file))
    if not is_dry_run:
        _write(plan)
    for finding in (*plan.refusals, *plan.left, *plan.to_do):
        print(finding)
    verb = "would be " if is_dry_run else ""
    for change in plan.changes:
        what = f"{verb}{'written' if change.is_new else 'changed'}"
        print(f"{change.where}: {what}: {_list(change.keys)}")
    print(summary(plan, is_dry_run=is_dry_run))
    return 1 if plan.refusals else 0


def summary(plan: Plan, *, is_dry_run: bool) -> str:
    taken = sum(len(change.keys) for change in plan.changes)
    if plan.refusals:
        return f"import: {len(plan.refusals)} refused, nothing was changed"
    done = f"{taken} texts in {len(plan.changes)} files"
    left = f", {len(plan.left)} left out" if plan.left else ""
    return f"import: {done}{left}" + (" (nothing was written)" if is_dry_run else "")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_SIZE + 1)
    except OSError as error:
        raise ContentError(str(file), f"cannot be read: {error.strerror}") from error


def _write(plan: Plan) -> None:
    try:
        write_changes(plan.changes)
    except OSError as error:
        raise ContentError(
            str(error.filename or "content"), f"cannot be written: {error.strerror}"
        ) from error


def _list(keys: Sequence[str]) -> str:
    return ", ".join(key.rpartition("/")[2] for key in keys)
