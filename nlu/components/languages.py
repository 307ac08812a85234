"""Writes the guessed language of a message into its parse result."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.output import add_output
from nlu.language import identify, preload


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageIdentifier(GraphComponent):
    """Adds `language` and `language_sure`; a hint that never decides anything here."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        preload()
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            guess = identify(message.get(TEXT) or "")
            add_output(message, language=guess.language, language_sure=guess.is_sure)
        return messages
