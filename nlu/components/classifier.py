"""Rasa component around the mixture: gives every message probabilities over all ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import mixture as mixtures
from nlu.components import questions, stored
from nlu.components.mixture import Lines, Mixture
from nlu.components.output import SURENESS_KEY, Sureness, add_output

_FILE = "mixture.npz"
_RANKED = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MixedClassifier(IntentClassifier, GraphComponent):
    """Adds `ranking` and `vector`, and what Rasa's own tools expect."""

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, mixture: Mixture | None = None
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._mixture = mixture

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MixedClassifier:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MixedClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, stored.load(folder / _FILE))

    # Rasa finds its input by this argument's name.
    def train(self, training_data: TrainingData) -> Resource:
        trained = mixtures.train(_lines(training_data.intent_examples))
        self._mixture = trained
        with self._model_storage.write_to(self._resource) as folder:
            stored.save(trained, folder / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._rank(message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _rank(self, message: Message) -> None:
        vector = _vector(message)
        if self._mixture is None or vector is None:
            add_output(message, ranking=[], vector=[])
            return
        text = message.get(TEXT)
        understood = self._mixture.understand([text], vector[None])
        probabilities = understood.probabilities[0]
        best = self._mixture.ids[int(probabilities.argmax())]
        asked = questions.asked(text, best, self._mixture)
        ranking = _ranking(self._mixture.ids, probabilities, asked)
        thresholds = self._mixture.thresholds
        sureness = Sureness(
            float(understood.trust[0]), thresholds.answer, thresholds.offer, len(asked) > 1
        )
        message.set(SURENESS_KEY, sureness)
        message.set("intent", {"name": ranking[0][0], "confidence": ranking[0][1]}, True)
        message.set("intent_ranking", [{"name": i, "confidence": p} for i, p in ranking], True)
        add_output(
            message,
            ranking=[{"id": id, "probability": probability} for id, probability in ranking],
            vector=[round(float(x), 6) for x in vector],
        )


def _ranking(
    ids: list[str], probabilities: mixtures.Array, asked: set[str]
) -> list[tuple[str, float]]:
    """The ids of several questions come first, so that they are offered side by side."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = [(ids[place], float(probabilities[place])) for place in order]
    return sorted(ranked, key=lambda each: each[0] not in asked)[:_RANKED]


def _lines(messages: list[Message]) -> Lines:
    spoken = [(message, vector) for message in messages if (vector := _vector(message)) is not None]
    return Lines(
        texts=[message.get(TEXT) for message, _ in spoken],
        vectors=np.stack([vector for _, vector in spoken]),
        ids=[message.get(INTENT) for message, _ in spoken],
        languages=[_language(message) for message, _ in spoken],
    )


def _vector(message: Message) -> mixtures.Array | None:
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else np.asarray(sentence.features[0], dtype=np.float32)


def _language(message: Message) -> str:
    intent_metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return str(intent_metadata.get("language", ""))
