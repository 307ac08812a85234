"""Names of staff stand where residents and colleagues trust them: none may pass for another.
A short form of Unicode's rules for identifiers (UTS 39)."""

import unicodedata

# Control and format characters, separators, and what no font has agreed on.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
# Fillers, variation selectors and the empty Braille cell count as letters, marks or symbols.
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
)


class ConfusableName(ValueError):
    """The message is a sentence that shows the name with escapes, so that the reason is seen."""


def check_person_name(name: str) -> None:
    """Raises ConfusableName."""
    shown = ascii(name)
    for character in name.replace(" ", ""):
        if _is_invisible(character):
            code = f"U+{ord(character):04X}"
            raise ConfusableName(f"{shown} has a character that cannot be seen ({code}); remove it")
    if not name or name != " ".join(name.split()):
        raise ConfusableName(f"'{name}' needs one space between words and none around them")
    if unicodedata.normalize("NFKC", name) != name:
        raise ConfusableName(f"{shown} has characters that look like others; type it on a keyboard")
    scripts = sorted({_script(character) for character in name if _is_letter(character)})
    if len(scripts) > 1:
        raise ConfusableName(f"{shown} mixes {' and '.join(scripts)} letters; use one alphabet")


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _INVISIBLE


def _is_letter(character: str) -> bool:
    """Modifier letters, such as the apostrophe of O’ names, go with every alphabet."""
    return character.isalpha() and unicodedata.category(character) != "Lm"


def _script(letter: str) -> str:
    return unicodedata.name(letter).split()[0].capitalize()
