"""The `landa` part of a parse result, which several components fill."""

from typing import Any

from rasa.shared.nlu.training_data.message import Message

OUTPUT_KEY = "landa"
# Passed from the classifier to the fallback; not part of the parse result.
THRESHOLDS_KEY = "landa_thresholds"


def add_output(message: Message, **values: Any) -> None:
    """Add values to the `landa` object that POST /model/parse returns."""
    collected = {**(message.get(OUTPUT_KEY) or {}), **values}
    message.set(OUTPUT_KEY, collected, add_to_output=True)
