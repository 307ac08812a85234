"""Decides what the probabilities justify: a direct answer, three offers, or neither."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.training_data.message import Message

from nlu.components.output import NOT_SURE, OUTPUT_KEY, SURENESS_KEY, Sureness, add_output
from nlu.components.thresholds import OUT_OF_SCOPE

# Showing emergency numbers once too often is the cheaper mistake.
_ANSWERED_EARLY = "urgent_danger"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class VerdictFallback(GraphComponent, IntentClassifier):
    """Adds `verdict`; without one, Rasa's own intent becomes nlu_fallback."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [IntentClassifier]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VerdictFallback:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = [(x["id"], x["probability"]) for x in message.get(OUTPUT_KEY)["ranking"]]
            sureness = message.get(SURENESS_KEY) or NOT_SURE
            reached = verdict(ranking, sureness)
            add_output(message, verdict=reached)
            if reached == "none":
                _fall_back(message)
        return messages


def verdict(ranking: list[tuple[str, float]], sureness: Sureness) -> str:
    """`ranking` is sorted, most probable first; an empty one justifies nothing."""
    meant = [(id, probability) for id, probability in ranking if id != OUT_OF_SCOPE]
    if not meant or (meant[0][1] < sureness.offer and not sureness.is_several):
        return "none"
    top, _ = ranking[0]
    if top == _ANSWERED_EARLY:
        return "answer"
    is_sure = top != OUT_OF_SCOPE and sureness.trust >= sureness.answer
    return "answer" if is_sure and not sureness.is_several else "offer"


def _fall_back(message: Message) -> None:
    ranking = message.get("intent_ranking") or []
    fallback = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}
    message.set("intent", fallback, add_to_output=True)
    message.set("intent_ranking", [fallback, *ranking], add_to_output=True)
