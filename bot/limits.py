"""The honest no: what a municipality cannot decide or promise about a topic, and who can."""

from backend.places import Municipality
from content.authorities import find_authority, find_deciders
from content.directory import Limit, load_directory
from content.locale_format import either_text
from content.texts import N_, Texts

LIMITS = {
    Limit.DECISION: N_("The municipality cannot decide this. By law, {who} decides."),
    Limit.ELSEWHERE: N_(
        "The municipality cannot decide this. {who} can tell you which rules apply."
    ),
    Limit.BANK: N_(
        "The municipality cannot open a bank account. The bank decides; {who} can tell you about"
        " your rights."
    ),
    Limit.HOME: N_(
        "The municipality cannot promise you a home right away. {who} can tell you how to look"
        " for one. If the municipality was chosen to receive you, ask us: other rules may apply."
    ),
    Limit.JOB: N_("The municipality cannot promise you a job. {who} can help you to look for one."),
}


def find_limit(texts: Texts, municipality: Municipality, topic: str) -> str:
    """ "" for a topic that the municipality can act in."""
    limit = load_directory(municipality.slug).limits.get(topic)
    if limit is None:
        return ""
    who = find_authority(municipality.country, topic).name
    if limit is Limit.DECISION:
        who = either_text(find_deciders(municipality.country, topic), texts.language)
    return texts.gettext(LIMITS[limit], who=who)
