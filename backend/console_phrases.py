"""The phrase library beside a reply: found in the caseworker's language, written in the resident's.

The form of the reply carries everything: what is typed, what is searched, the phrase that is being
filled and, hidden, the phrases in the text. So it works without script and loses nothing."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from backend.plain_text import storable
from backend.reply import Spoken
from content.languages import RESIDENT_LANGUAGES, language_name
from content.phrases import PLACEHOLDERS, Phrase, ValueKind, load_phrases
from content.texts import N_

MAX_VALUE = 200
LABELS: Mapping[str, str] = {
    "day": N_("Weekday and date"),
    "date": N_("Date"),
    "time": N_("Time"),
    "name": N_("Name"),
    "office": N_("Office or authority"),
    "place": N_("Place"),
    "phone": N_("Phone number"),
    "language": N_("Language"),
}
INPUT_TYPES = {
    ValueKind.DATE: "date",
    ValueKind.TIME: "time",
    ValueKind.NAME: "text",
    ValueKind.PHONE: "tel",
}


@dataclass(frozen=True)
class Offer:
    """One phrase in both languages; what is still to be filled in shows as a gap."""

    key: str
    title: str  # of its group
    text: str
    resident_text: str


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    type: str  # of the HTML input; "language" is a choice
    value: str
    is_missing: bool


@dataclass(frozen=True)
class Draft:
    """A reply that is being written."""

    text: str = ""
    find: str = ""
    found: tuple[Offer, ...] | None = None  # None: nothing was searched
    chosen: Offer | None = None
    fields: tuple[Field, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    is_changed: bool = False  # a phrase has just been added

    def gloss(self, language: str) -> str:
        return gloss(self.text, self.spoken, language)

    def is_reviewed(self, language: str) -> bool:
        return are_reviewed(self.spoken, language)

    @property
    def carried(self) -> list[str]:
        """For hidden fields."""
        return [_as_json(spoken) for spoken in self.spoken]


@dataclass(frozen=True)
class Speakers:
    """The languages of the two who talk, and what the caseworker is called."""

    staff: str
    resident: str
    name: str


def read_draft(form: FormData, speakers: Speakers) -> Draft:
    """The reply as it stands in the form, before anything in it was pressed."""
    return Draft(
        text=str(form.get("text") or ""),
        find=storable(str(form.get("find") or ""))[:MAX_VALUE],
        spoken=tuple(_read_spoken(form.getlist("spoken"), speakers.resident)),
    )


def next_draft(form: FormData, speakers: Speakers) -> Draft:
    """After one of the buttons: search, choose a phrase, put it into the answer."""
    draft = read_draft(form, speakers)
    phrase = _offered(str(form.get("insert") or form.get("phrase") or ""), speakers)
    if phrase is None:
        return replace(draft, found=found_phrases(draft.find, speakers))
    values = _values(form, phrase)
    lacking = phrase.lacks(values)
    if lacking:
        is_pressed = "insert" in form
        missing = lacking if is_pressed else ()
        fields = tuple(_field(name, values[name], speakers, missing) for name in values)
        return replace(draft, chosen=_offer(phrase, values, speakers), fields=fields)
    said = phrase.say(speakers.resident, values)
    return replace(
        draft,
        text="\n\n".join(filter(None, (draft.text.rstrip(), said))),
        spoken=(*draft.spoken, Spoken(phrase.key, values, said)),
        find="",
        is_changed=True,
    )


def found_phrases(typed: str, speakers: Speakers) -> tuple[Offer, ...]:
    found = load_phrases().find(typed, speakers.staff, speakers.resident)
    return tuple(_offer(phrase, {}, speakers) for phrase in found)


def kept_phrases(spoken: Iterable[Spoken], text: str) -> tuple[Spoken, ...]:
    """Those that still stand in the text as they were; an edited phrase is the writer's own."""
    return tuple(said for said in spoken if said.text in text)


def gloss(text: str, spoken: Iterable[Spoken], language: str) -> str:
    """The text with its phrases in another language, or "" when it holds none that are known."""
    glossed, phrases = text, load_phrases().by_key
    for said in spoken:
        phrase = phrases.get(said.key)
        if phrase and phrase.is_in(language):
            glossed = glossed.replace(said.text, phrase.say(language, said.values), 1)
    return glossed if glossed != text else ""


def are_reviewed(spoken: Iterable[Spoken], language: str) -> bool:
    """Whether a person who knows the language has read every one of them."""
    phrases = load_phrases().by_key
    known = [phrases[said.key] for said in spoken if said.key in phrases]
    return all(phrase.is_in(language) and phrase.is_reviewed(language) for phrase in known)


def language_choices(language: str) -> list[tuple[str, str]]:
    return [(entry.code, language_name(entry.code, language)) for entry in RESIDENT_LANGUAGES]


def _offered(key: str, speakers: Speakers) -> Phrase | None:
    phrase = load_phrases().by_key.get(key)
    return phrase if phrase and phrase.is_in(speakers.staff, speakers.resident) else None


def _offer(phrase: Phrase, values: Mapping[str, str], speakers: Speakers) -> Offer:
    return Offer(
        key=phrase.key,
        title=load_phrases().title(phrase.group, speakers.staff),
        text=phrase.say(speakers.staff, values),
        resident_text=phrase.say(speakers.resident, values),
    )


def _values(form: FormData, phrase: Phrase) -> dict[str, str]:
    return {
        name: " ".join(storable(str(form.get(f"value_{name}") or "")).split())[:MAX_VALUE]
        for name in phrase.placeholders
    }


def _field(name: str, value: str, speakers: Speakers, missing: Iterable[str]) -> Field:
    kind = PLACEHOLDERS[name]
    return Field(
        name=name,
        label=LABELS[name],
        type=INPUT_TYPES.get(kind, kind),
        value=value or (speakers.name if name == "name" else ""),
        is_missing=name in missing,
    )


def _as_json(spoken: Spoken) -> str:
    return json.dumps({"key": spoken.key, "values": spoken.values}, ensure_ascii=False)


def _read_spoken(sent: Iterable[object], language: str) -> Iterator[Spoken]:
    """Written again here, so that nobody can pass off other words as a phrase."""
    phrases = load_phrases().by_key
    for item in sent:
        try:
            fields = json.loads(str(item))
            phrase = phrases[fields["key"]]
            values = {name: str(fields["values"][name]) for name in phrase.placeholders}
        except (ValueError, KeyError, TypeError):
            continue
        if phrase.is_in(language) and not phrase.lacks(values):
            yield Spoken(phrase.key, values, phrase.say(language, values))
