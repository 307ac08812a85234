"""Takes out of a line what could tell who wrote it, before it is kept for learning.

Names cannot be listed, so it works the other way round: a word stays only when training lines or
answers have it already. Numbers, addresses of every kind and what follows "my name is" go first.
"""

import re

from nlu.normalise import normalise
from nlu.public_words import THAI, THAI_STRETCH, WORD, PublicWords, public_words, stretches

MOST_CHARACTERS = 200  # who tells more tells a story, and a story can be recognised
_FEWEST_LETTERS = 3
_SMALLEST_SHARE = 0.6  # of the letters has to stay, or nobody can read what was meant
GAP = "…"

# E-mail addresses, handles, links, and all that has a digit of any script in it.
_NEVER = re.compile(r"[@#\\_=&%+~^|<>]|\w[.:]+\w|://|www\.", re.IGNORECASE)
_NAMED = (
    "my name is|name is|named|am called|is called|i am mr|i am mrs|mr|mrs|ms"
    "|heter|namn är|kallas|hedder|navn er|nimeni on|nimi on|nimeltä"
    "|зовут|зовуть|звати|звуть|имя|имени|ім'я|фамилия|прізвище|menya zovut|mene zvaty"
    "|اسمي|إسمي|أسمي|اسمه|اسمها|ismi|esmi|اسم من|نام من|اسمم|نامم|esmam|esme man|فامیلم"
    "|magacaygu waa|magacayga waa|magacaygu|magaceedu waa|magaciisu waa|la yidhaahdo"
    "|ስመይ|ሽመይ|ስሙ|ስማ|semey"
)
_STREET = "street|road|avenue|улица|улице|ул|вулиця|вулиці|вул|проспект|شارع|خیابان|کوچه|جادة|ጎደና"
# Two words after it: a first and a last name, or a name of two words.
_FOLLOWED = re.compile(
    rf"(?<!\w)({_NAMED}|{_STREET})((?:\s*[:,.]?\s+[^\s,.!?]+){{1,2}})", re.IGNORECASE
)
_THAI_NAMED = re.compile(
    "((?:ชื่อ|นามสกุล|ถนน|ซอย)(?:ของ)?(?:ฉัน|ผม|ดิฉัน)?(?:คือ|ว่า)?)\\s*[\u0e01-\u0e4e]+"
)
_STREET_NAME = re.compile(
    r"[^\W\d_]{2,}(?:gatan|gata|vägen|gränd|allén|torget|gade|vej|vejen|vænget|allé|katu|kuja|tie"
    r"|polku|tänav|maantee|puiestee|street|road)",
    re.IGNORECASE,
)
_PIECE = re.compile(rf"{THAI.pattern}|{WORD.pattern}|[{GAP}.,?!;:؟،؛።፣፤]|\S")
_ENDS = frozenset(".?!؟።")
_MARKS = frozenset(".,?!;:؟،؛።፣፤")
# Vowels and tones of a consonant that is gone.
_LOOSE_MARKS = re.compile(f"{GAP}+[\u0e30-\u0e3a\u0e45-\u0e4e]*")
_GAPS = re.compile(rf"{GAP}(?:[\s.,;:]*{GAP})+")
_SPACE_BEFORE_MARK = re.compile(r"\s+([.,?!;:؟،؛።፣፤])")


def redact(text: str) -> str | None:
    """The line with gaps where something was taken out; None when it may not be kept at all."""
    if len(text.strip()) > MOST_CHARACTERS:
        return None
    plain = normalise(text)
    plain = plain.lower() if plain.isupper() else plain
    plain = " ".join(GAP if _is_never(token) else token for token in plain.split())
    plain = plain.replace("/", " ")
    plain = _FOLLOWED.sub(rf"\1 {GAP}", plain)
    plain = _THAI_NAMED.sub(rf"\1 {GAP}", plain)
    return _Line(public_words()).read(plain)


def _is_never(token: str) -> bool:
    return bool(_NEVER.search(token)) or any(sign.isnumeric() for sign in token)


class _Line:
    """Reads a line piece by piece and counts the letters that stay and go."""

    def __init__(self, public: PublicWords) -> None:
        self._public = public
        self._kept = self._hidden = 0

    def read(self, plain: str) -> str | None:
        shown = self._shown(plain)
        if self._kept < _FEWEST_LETTERS:
            return None
        if self._kept < _SMALLEST_SHARE * (self._kept + self._hidden):
            return None
        tidy = _GAPS.sub(GAP, _SPACE_BEFORE_MARK.sub(r"\1", " ".join(shown.split())))
        return tidy.lstrip(".,?!;:؟،؛።፣፤ ") or None

    def _shown(self, plain: str) -> str:
        """Spaces stay where they are; brackets and other signs become one, so that nothing is
        left that a training file would read as markup."""
        pieces, may_begin, end = [], True, 0
        for found in _PIECE.finditer(plain):
            piece = found.group()
            pieces.append(plain[end : found.start()])
            pieces.append(self._piece(piece, may_begin=may_begin))
            may_begin, end = piece in _ENDS, found.end()
        return "".join(pieces)

    def _piece(self, piece: str, *, may_begin: bool) -> str:
        if piece == GAP or piece in _MARKS:
            return piece
        if THAI.fullmatch(piece):
            return self._thai(piece)
        if not WORD.fullmatch(piece):
            return " "
        is_known = self._public.knows(piece, may_begin=may_begin)
        if is_known and not _STREET_NAME.fullmatch(piece):
            self._kept += len(piece)
            return piece
        self._hidden += len(piece)
        return GAP

    def _thai(self, run: str) -> str:
        known = [False] * len(run)
        for start, part in enumerate(stretches(run)):
            if part in self._public.thai:
                known[start : start + THAI_STRETCH] = [True] * len(part)
        self._kept += sum(known)
        self._hidden += len(run) - sum(known)
        shown = "".join(sign if here else GAP for sign, here in zip(run, known, strict=True))
        return _LOOSE_MARKS.sub(GAP, shown)
