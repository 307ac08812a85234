"""The small markup of answers: paragraphs and lists with "- ", as typed blocks for templates and
as plain text for channels without HTML."""

import re
from dataclasses import dataclass

BULLET = "- "


# A full stop or bracket after an address belongs to the sentence.
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]،؛؟፣።፤፥፦]")
# Short enough for one line of any phone; divided, "id-" would stand on the wrong side in Arabic.
_TERM = re.compile(r"\b[A-Za-zÀ-ž]{1,4}-[A-Za-zÀ-ž]{1,8}\b(?!-)")
_LINK_OR_TERM = re.compile(f"(?P<link>{_LINK.pattern})|{_TERM.pattern}")


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class BulletList:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    url: str


@dataclass(frozen=True)
class Term:
    """A word such as "id-kort", not to be divided at its hyphen."""

    text: str


Block = Paragraph | BulletList
Piece = str | Link | Term


def blocks(text: str) -> tuple[Block, ...]:
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        found.extend(_blocks_of_part(part.splitlines()))
    return tuple(found)


def plain_text(text: str) -> str:
    return "\n\n".join(_plain_block(block) for block in blocks(text))


def pieces(text: str) -> tuple[Piece, ...]:
    """Splits one paragraph or list item into plain text, addresses to link, and terms."""
    found: list[Piece] = []
    position = 0
    for match in _LINK_OR_TERM.finditer(text):
        special = Link(match.group()) if match["link"] else Term(match.group())
        found += [text[position : match.start()], special]
        position = match.end()
    found.append(text[position:])
    return tuple(piece for piece in found if piece)


def find_links(text: str) -> list[str]:
    return _LINK.findall(text)


def without_links(text: str) -> str:
    """Spaces in their place, so that everything else stays where it stood."""
    return _LINK.sub(lambda match: " " * len(match.group()), text)


def _blocks_of_part(lines: list[str]) -> list[Block]:
    words: list[str] = []
    items: list[str] = []
    for line in (line.strip() for line in lines):
        if line.startswith(BULLET):
            items.append(line.removeprefix(BULLET).strip())
        elif items and line:
            items[-1] = f"{items[-1]} {line}"
        elif line:
            words.append(line)
    paragraph: list[Block] = [Paragraph(" ".join(words))] if words else []
    return paragraph + ([BulletList(tuple(items))] if items else [])


def _plain_block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.text
    return "\n".join(f"• {item}" for item in block.items)
