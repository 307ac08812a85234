"""The file that goes to translators: gettext's PO, which Poedit, Weblate, OmegaT and others open.
One message per text; its context is the place of the text, its id the source text itself, so that
a source which changed in the meantime is noticed when the file comes back."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser, write_po

from content.answer_file import section_hash
from content.answer_state import State
from content.entry import ContentError
from content.translation_units import Unit

MAX_SIZE = 5 * 1024 * 1024  # bytes; all answers of a country are about a tenth of it

# Longer than any line: translation tools wrap as they like, and Babel would cut quoted sources.
_UNWRAPPED = 10_000_000
_PROJECT = "Landa"
_EXPORTED = "As exported: "
# Possessive: a line of megabytes costs no memory for ways back.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"')
_LINE = re.compile(rf"(?:(?:msgctxt|msgid|msgstr)\s*)?{_STRING.pattern}")
_PREVIOUS = re.compile(r"^#\| msgid .*$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One text as it came back; `is_done` unless it is marked as needing work. `exported` is the
    hash of the text that went out, empty where a tool has dropped it."""

    key: str
    source: str
    text: str
    is_done: bool
    line: int
    exported: str = ""


@dataclass(frozen=True)
class Sheet:
    """`scope` and `language` as the file says them."""

    scope: str
    language: str
    entries: tuple[Entry, ...]


def write_sheet(scope: str, language: str, units: Iterable[Unit], now: datetime) -> str:
    catalogue = Catalog(
        language,
        header_comment=f"# Landa, {scope} in {language}. Bring it back: landa content import FILE",
        project=f"{_PROJECT} {scope}",
        version=language,
        creation_date=now,
        charset="utf-8",
        fuzzy=False,
    )
    for unit in units:
        _add(catalogue, unit)
    body = BytesIO()
    write_po(body, catalogue, width=_UNWRAPPED, include_previous=True)
    return _PREVIOUS.sub(
        lambda found: "\n#| ".join(_pieces(found.group())), body.getvalue().decode()
    )


def read_sheet(name: str, data: bytes) -> Sheet:
    """Raises ContentError, whatever the bytes are."""
    if len(data) > MAX_SIZE:
        raise ContentError(name, f"is too large: at most {MAX_SIZE // 1024 // 1024} MB")
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise ContentError(name, "save the file as UTF-8") from error
    catalogue = _Catalogue(name)
    try:
        PoFileParser(catalogue, abort_invalid=True).parse(_messages(name, lines))
    except (
        AssertionError,
        AttributeError,
        IndexError,
        PoFileError,
        TypeError,
        ValueError,
    ) as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(name, f"is no PO file that can be read: {error}") from error
    scope, language = _where_from(name, catalogue)
    return Sheet(scope, language, tuple(map(_entry, catalogue.read.values())))


class _Catalogue(Catalog):
    """Babel takes the first of two translations of the same text in silence."""

    def __init__(self, name: str) -> None:
        super().__init__(charset="utf-8")
        self.name = name
        self.read: dict[str, Message] = {}
        self.has_header = False

    def __setitem__(self, id: str | tuple[str, ...] | list[str], message: Message) -> None:
        where = f"{self.name}: {message.context or 'header'}"
        if not id and message.context is None:
            if self.has_header:
                raise ContentError(where, "stands twice; keep one")
            self.has_header = True
            super().__setitem__(id, message)
        elif not message.context:
            raise ContentError(self.name, f"line {message.lineno}: a text without its msgctxt")
        elif message.context in self.read:
            raise ContentError(where, f"stands twice, again in line {message.lineno}; keep one")
        else:
            self.read[message.context] = message


def _add(catalogue: Catalog, unit: Unit) -> None:
    """A stale one goes out as gettext's fuzzy: the translator has to look at it."""
    message = catalogue.add(
        unit.source,
        unit.text,
        flags={"fuzzy"} if unit.state is State.STALE else (),
        auto_comments=(*unit.notes, f"{_EXPORTED}{section_hash(unit.text)}"),
        previous_id=(unit.before,) if unit.before else (),
        context=unit.key,
    )
    message.flags.discard("python-format")  # "50 % av" looks like one and is none


def _pieces(line: str) -> list[str]:
    """Babel puts a quoted source of several lines into one; other tools want one a line."""
    first, *others = _STRING.findall(line)
    return [f"#| msgid {first}", *others]


def _messages(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Without comments and what a tool has put aside. Babel reads over a quote that is not closed
    and lets a header choose how much memory plurals take; neither comes from us."""
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line.startswith(("#,", f"#. {_EXPORTED}")):
            yield line
        elif line.startswith("#") or not line:
            yield ""
        elif _LINE.fullmatch(line):
            yield line
        else:
            raise ContentError(name, f"is no PO file of Landa: see line {number}")


def _where_from(name: str, catalogue: _Catalogue) -> tuple[str, str]:
    """Tools may write the language with a country (ar_SY); the other place must agree."""
    project, language = str(catalogue.project), str(catalogue.version)
    stated = re.split(r"[_-]", catalogue.locale_identifier or "")[0]
    if not catalogue.has_header or not project.startswith(f"{_PROJECT} "):
        raise ContentError(name, "has lost its header Project-Id-Version: export it again")
    if stated != language:
        message = f"was made for {language}, but its header Language says '{stated}'"
        raise ContentError(name, message)
    return project.removeprefix(f"{_PROJECT} "), language


def _entry(message: Message) -> Entry:
    exported = [note for note in message.auto_comments if note.startswith(_EXPORTED)]
    return Entry(
        key=str(message.context),
        source=str(message.id),
        text=str(message.string).replace("\r\n", "\n").strip(),
        is_done=not message.fuzzy,
        line=message.lineno or 0,
        exported=exported[0].removeprefix(_EXPORTED) if exported else "",
    )
