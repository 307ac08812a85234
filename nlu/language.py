"""Which of the resident languages a text is written in. Only a hint: it may offer a switch,
it never overrides the language a resident chose. Runs on Python 3.10 and 3.11."""

import re
from dataclasses import dataclass
from functools import lru_cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from nlu.normalise import normalise

_LATIN_LANGUAGES = {
    Language.SWEDISH: "sv",
    Language.DANISH: "da",
    Language.FINNISH: "fi",
    Language.ENGLISH: "en",
    Language.ESTONIAN: "et",
    Language.SOMALI: "so",
}
_SCRIPTS = {
    "latin": re.compile("[A-Za-z\u00c0-\u024f]"),
    "arabic": re.compile("[\u0620-\u064a\u066e-\u06d5\u06fa-\u06ff]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "ethiopic": re.compile("[\u1200-\u135a]"),
    "thai": re.compile("[\u0e01-\u0e4e]"),
}
# Letters that a language has and its neighbours in the same script lack.
_PERSIAN = re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]")
_ARABIC = re.compile("[\u0629\u0623\u0625]|(?:^|\\s)[\u0648\u0628\u0641]?\u0627\u0644\\w{2}")
_OTHER_ARABIC_SCRIPT = re.compile(
    "[\u0679\u067c\u0681\u0685\u0688\u0689\u0691\u0693\u0695\u0696\u069a\u06ab"
    "\u06b5\u06ba\u06bc\u06be\u06c1\u06c6\u06ce\u06d0\u06d2\u06d5]"
)
_UKRAINIAN = re.compile("[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]")
_RUSSIAN = re.compile("[\u0401\u042a\u042b\u042d\u0451\u044a\u044b\u044d]")
_OTHER_CYRILLIC = re.compile(
    "[\u0402\u0403\u0405\u0408-\u040c\u040e\u040f\u0452\u0453\u0455"
    "\u0458-\u045c\u045e\u045f\u0460-\u048f\u0492-\u04ff]"
)
_TIGRINYA = re.compile("[\u1250-\u125d\u12a3]")
_OTHER_LATIN = re.compile(
    "[^A-Za-z\u00c4\u00c5\u00c6\u00c9\u00d5\u00d6\u00d8\u00dc\u00e4\u00e5"
    "\u00e6\u00e9\u00f5\u00f6\u00f8\u00fc\u0160\u0161\u017d\u017e]"
)

# Lingua knows no Turkish, French or romanised Arabic here and would be sure of a wrong neighbour;
# being sure therefore also takes a small word that only the guessed language has.
_SMALL_WORDS = {
    "sv": "jag är och hur får inte ett mitt vill med vad kan har när finns vart mig om att efter",
    "da": "jeg og hvordan ikke et mit vil med hvad hvor kan får mig min om har af efter til",
    "fi": "minä en on ja miten mistä missä onko voinko mitä milloin mun pitää minun haluan kuinka",
    "en": "i the and how is my do you what where when can to need of want not it for am",
    "et": "ma ja kuidas ei kus mis kas on millal saan mul mida minu pean mulle tahan kui palju",
    "so": "waan iyo sidee waa ma ku aan ka maxaa xaggee halkee baan sida u miyaan ayaan waxaan",
    "ru": "я и как мне что где не на у меня когда можно нужно хочу куда сколько если получить",
    "uk": "я і як мені що де не на у мене коли можна треба хочу куди скільки якщо отримати",
}
_WORD = re.compile(r"[^\W\d_]+")
_SURE_WORDS = 3
_SURE_CONFIDENCE = 0.5


@dataclass(frozen=True)
class Guess:
    """The likeliest resident language, or None where no resident language fits."""

    language: str | None
    is_sure: bool


UNKNOWN = Guess(None, False)


def identify(text: str) -> Guess:
    """Script first, then lingua among the Latin-script languages; short texts are never sure."""
    plain = normalise(text)
    letters = {name: len(pattern.findall(plain)) for name, pattern in _SCRIPTS.items()}
    script = max(letters, key=lambda name: letters[name])
    if letters[script] == 0:
        return UNKNOWN
    guess = _BY_SCRIPT[script](plain)
    # Half a text in another script is a quoted word or a mixed message: a hint, not a certainty.
    is_pure = letters[script] >= 0.7 * sum(letters.values())
    return Guess(guess.language, guess.is_sure and is_pure)


def preload() -> None:
    """Load lingua's models now instead of in a resident's first message."""
    _detector().detect_language_of("preload")


def _latin(text: str) -> Guess:
    if any(_OTHER_LATIN.search(word) for word in _WORD.findall(text)):
        return UNKNOWN
    best = _detector().compute_language_confidence_values(text)[0]
    language = _LATIN_LANGUAGES[best.language]
    is_sure = best.value >= _SURE_CONFIDENCE and _small_words_agree(text, language)
    return Guess(language, is_sure)


def _small_words_agree(text: str, language: str) -> bool:
    words = _WORD.findall(text.lower())
    hits = {name: sum(word in known for word in words) for name, known in _small_words().items()}
    others = max(count for name, count in hits.items() if name != language)
    return len(words) >= _SURE_WORDS and hits[language] > others


@lru_cache(maxsize=1)
def _small_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}


def _arabic(text: str) -> Guess:
    if _OTHER_ARABIC_SCRIPT.search(text):
        return UNKNOWN
    is_persian, is_arabic = bool(_PERSIAN.search(text)), bool(_ARABIC.search(text))
    if is_persian == is_arabic:
        return Guess("fa" if is_persian else "ar", False)
    return Guess("fa" if is_persian else "ar", len(text.split()) >= 2)


def _cyrillic(text: str) -> Guess:
    if _OTHER_CYRILLIC.search(text):
        return UNKNOWN
    is_ukrainian, is_russian = (
        bool(_UKRAINIAN.search(text)),
        bool(_RUSSIAN.search(text)),
    )
    language = "uk" if is_ukrainian else "ru"
    if is_ukrainian == is_russian:
        return Guess(language, not is_ukrainian and _small_words_agree(text, language))
    return Guess(language, True)


def _ethiopic(text: str) -> Guess:
    # Amharic shares the script; these letters are written in Tigrinya only or nearly so.
    return Guess("ti", bool(_TIGRINYA.search(text)))


def _thai(_text: str) -> Guess:
    return Guess("th", True)


_BY_SCRIPT = {
    "latin": _latin,
    "arabic": _arabic,
    "cyrillic": _cyrillic,
    "ethiopic": _ethiopic,
    "thai": _thai,
}


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    # The full models take 200 MB and 1 s to load, these 16 MB, and short texts count as unsure.
    builder = LanguageDetectorBuilder.from_languages(*_LATIN_LANGUAGES)
    return builder.with_low_accuracy_mode().with_preloaded_language_models().build()
