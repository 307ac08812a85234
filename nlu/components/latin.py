"""One rough Latin spelling for every script, so that "kak propisatsya" and "как прописаться"
share letter sequences. Sounds that people spell differently become the same letter."""

import re
import unicodedata

# Cyrillic, Arabic and Thai signs by their spelling; a sign spelled "" is dropped.
_SIGNS = {
    "": "ьъءๆ\u0e47\u0e4c\u0e4d",
    "a": "аاعةىะ\u0e31า",
    "ai": "ไใ",
    "am": "ำ",
    "b": "бب",
    "ch": "чچจฉชฌ",
    "d": "дدض",
    "e": "еэæเแ",
    "f": "фفฝฟ",
    "g": "гґگ",
    "gh": "غ",
    "h": "حهหฮ",
    "i": "ийыіїı\u0e34\u0e35\u0e36\u0e37",
    "ia": "я",
    "ie": "є",
    "iu": "ю",
    "j": "ج",
    "k": "кكکกขฃคฅฆ",
    "kh": "хخ",
    "l": "лلลฬ",
    "m": "мمม",
    "n": "нنณน",
    "ng": "ง",
    "o": "оøอโ",
    "p": "пپบปผพภ",
    "q": "ق",
    "r": "рرรฤ",
    "s": "сسصซศษส",
    "sh": "шщش",
    "t": "тتثطฎดฏตฐฑฒถทธ",
    "ts": "ц",
    "u": "уў\u0e38\u0e39",
    "v": "в",
    "w": "وؤว",
    "y": "يیئญย",
    "z": "зذزظ",
    "zh": "жژ",
}
# Ethiopic syllables stand in rows of eight: one consonant, seven vowels and a rounded form.
_ETHIOPIC_START = 0x1200
_ETHIOPIC_CONSONANTS = (
    *("h", "l", "h", "m", "s", "r", "s", "sh", "k", "kw", "k", "kw", "b", "v", "t", "ch"),
    *("h", "hw", "n", "ny", "", "k", "kw", "h", "hw", "w", "", "z", "zh", "y", "d", "d"),
    *("j", "g", "gw", "g", "t", "ch", "p", "ts", "ts", "f", "p"),
)
_ETHIOPIC_VOWELS = ("e", "u", "i", "a", "e", "i", "o", "wa")
# What stands for sounds that Latin lacks when Arabic is typed with Latin letters.
_CHAT_DIGITS = str.maketrans("2356789", "aahthgk")

# Thai writes these vowels before the consonant that they follow in speech.
_VOWEL_FIRST = re.compile("([เแโไใ])([ก-ฮ])")
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_DOUBLED = re.compile(r"(.)\1+")
# Longer spellings come first.
_SAME_SOUND = (
    *(("tsch", "c"), ("shch", "s"), ("sch", "s"), ("sh", "s"), ("zh", "z"), ("kh", "h")),
    *(("gh", "g"), ("ch", "c"), ("th", "t"), ("ph", "p"), ("dh", "d"), ("ts", "c")),
    *(("ck", "k"), ("q", "k"), ("w", "v"), ("j", "i"), ("y", "i"), ("x", "ks")),
    *(("o", "u"), ("e", "i")),
)


def rough_latin(key: str) -> str:
    """The folded text (`duplicate_key`) in Latin letters, without doubled letters."""
    spoken = _VOWEL_FIRST.sub(r"\2\1", _WORD.sub(_without_chat_digits, key))
    parts = unicodedata.normalize("NFKD", spoken.translate(_SPELLING))
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    for spelling, sound in _SAME_SOUND:
        plain = plain.replace(spelling, sound)
    return _DOUBLED.sub(r"\1", plain)


def _without_chat_digits(word: re.Match[str]) -> str:
    text = word.group()
    return text.translate(_CHAT_DIGITS) if _LETTER.search(text) else text


def _ethiopic() -> dict[str, str]:
    return {
        chr(_ETHIOPIC_START + 8 * row + place): f"{consonant}{vowel}" if consonant or place else "a"
        for row, consonant in enumerate(_ETHIOPIC_CONSONANTS)
        for place, vowel in enumerate(_ETHIOPIC_VOWELS)
    }


_SPELLING = str.maketrans(
    {sign: spelling for spelling, signs in _SIGNS.items() for sign in signs} | _ethiopic()
)
