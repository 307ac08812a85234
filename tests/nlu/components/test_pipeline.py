"""The components do their part inside Rasa's own message and training objects."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.classifier import MixedClassifier
from nlu.components.e5 import E5Featurizer
from nlu.components.languages import LanguageIdentifier
from nlu.components.verdict import VerdictFallback
from tests.nlu.components.test_mixture import SAID

CONTEXT = ExecutionContext(GraphSchema({}), node_name="component")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage.create(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def featurizer(storage: LocalModelStorage) -> E5Featurizer:
    config = E5Featurizer.get_default_config()
    return E5Featurizer.create(config, storage, Resource("e5"), CONTEXT)


@pytest.fixture(scope="module")
def classifier(storage: LocalModelStorage, featurizer: E5Featurizer) -> MixedClassifier:
    examples = [
        Message.build(text=text, intent=id, intent_metadata={"language": language})
        for (id, language), texts in SAID.items()
        for text in texts
    ]
    training = featurizer.process_training_data(TrainingData(examples))
    resource = Resource("classifier")
    MixedClassifier.create({}, storage, resource, CONTEXT).train(training)
    return MixedClassifier.load({}, storage, resource, CONTEXT)


def parse(text: str, featurizer: E5Featurizer, classifier: MixedClassifier) -> dict[str, Any]:
    messages = featurizer.process([Message({"text": text})])
    messages = VerdictFallback().process(classifier.process(messages))
    [message] = LanguageIdentifier().process(messages)
    return message.as_dict(only_output_properties=True)


def test_a_sentence_gets_everything(featurizer: E5Featurizer, classifier: MixedClassifier) -> None:
    parsed = parse("how do i open an account at the bank", featurizer, classifier)
    landa = parsed["landa"]
    assert set(landa) == {"ranking", "vector", "verdict", "language", "language_sure"}
    assert landa["ranking"][0]["id"] == "bank_account"
    assert len(landa["vector"]) == 384
    assert (landa["language"], landa["language_sure"]) == ("en", True)
    assert parsed["intent_ranking"][-1]["name"] in {id for id, _ in SAID}


@pytest.mark.parametrize("text", ["", "/restart", "/"])
def test_commands_and_nothing_skip_the_encoder(
    text: str, featurizer: E5Featurizer, classifier: MixedClassifier
) -> None:
    landa = parse(text, featurizer, classifier)["landa"]
    assert (landa["ranking"], landa["vector"], landa["verdict"]) == ([], [], "none")


def test_training_lines_need_no_language(
    storage: LocalModelStorage, featurizer: E5Featurizer, tmp_path: Path
) -> None:
    examples = [
        Message.build(text=text, intent=id) for (id, _), texts in SAID.items() for text in texts
    ]
    training = featurizer.process_training_data(TrainingData(examples))
    resource = Resource("without-language")
    MixedClassifier.create({}, storage, resource, CONTEXT).train(training)
    classifier = MixedClassifier.load({}, storage, resource, CONTEXT)
    assert (
        parse("bank account", featurizer, classifier)["landa"]["ranking"][0]["id"] == "bank_account"
    )
