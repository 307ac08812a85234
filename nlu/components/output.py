"""The `landa` part of a parse result, which several components fill."""

from dataclasses import dataclass
from typing import Any

from rasa.shared.nlu.training_data.message import Message

OUTPUT_KEY = "landa"
# Passed from the classifier to the fallback; not part of the parse result.
SURENESS_KEY = "landa_sureness"


@dataclass(frozen=True)
class Sureness:
    """Trust in the best id, the thresholds that the model brings, and whether the message holds
    several questions."""

    trust: float
    answer: float
    offer: float
    is_several: bool = False


NOT_SURE = Sureness(trust=0.0, answer=1.0, offer=1.0)


def add_output(message: Message, **values: Any) -> None:
    """Add values to the `landa` object that POST /model/parse returns."""
    collected = {**(message.get(OUTPUT_KEY) or {}), **values}
    message.set(OUTPUT_KEY, collected, add_to_output=True)
