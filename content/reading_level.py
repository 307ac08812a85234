"""How hard a source text is to read, by the Nordic measure LIX: words per sentence plus the share
of words of more than six letters. A person who learns the language follows up to about 30."""

import re
from collections.abc import Iterator

from content.answer_file import AnswerFile
from content.facts import Facts
from content.findings import Finding, warning
from content.markup import without_links

SENTENCE_WORDS = 20
# Finnish writes in one word what Swedish and Danish write in three, so its words are longer.
MOST_LIX = {"fi": 50}
OTHER_LIX = 35

_SENTENCE_END = re.compile(r"[.!?:](?:\s|$)")
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?|\d+")


def check_reading_level(source: AnswerFile, facts: Facts) -> Iterator[Finding]:
    sentences = list(_sentences(source, facts))
    for place, line, words in sentences:
        if len(words) > SENTENCE_WORDS:
            message = f"divide the sentence of {len(words)} words that begins '{_start(words)} …'"
            yield warning(f"{source.where}: {place}", message, line)
    lix, most = measure_lix([words for _, _, words in sentences]), _most(source)
    if lix > most:
        message = f"write shorter sentences and words: reading level {lix}, at most {most}"
        yield warning(source.where, message, 1)


def measure_lix(sentences: list[list[str]]) -> int:
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0
    long_words = sum(1 for word in words if len(word) > 6)
    return round(len(words) / len(sentences) + 100 * long_words / len(words))


def _sentences(source: AnswerFile, facts: Facts) -> Iterator[tuple[str, int, list[str]]]:
    for section in source.sections:
        for line, text in section.passages():
            bare = without_links(facts.insert_known(text, source.language))
            for sentence in _SENTENCE_END.split(bare):
                if words := _WORD.findall(sentence):
                    yield section.id, line, words


def _most(source: AnswerFile) -> int:
    return MOST_LIX.get(source.language, OTHER_LIX)


def _start(words: list[str]) -> str:
    return " ".join(words[:4])
