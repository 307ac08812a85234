"""A training that fails leaves the old model in place, and one that is not needed does nothing."""

from pathlib import Path

import pytest

from nlu import train as training
from nlu.server import ServerDidNotStart
from nlu.train import TrainingFailed, main, train

FAILS = "#!/bin/sh\necho this training broke\nexit 3\n"
MAKES_NO_MODEL = "#!/bin/sh\nexit 0\n"
MAKES_A_USELESS_MODEL = """#!/bin/sh
test "$1" = train || { echo useless model; exit 4; }
while [ "$1" != --out ]; do shift; done
echo useless > "$2/landa.tar.gz"
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An old model in a folder of its own."""
    path = tmp_path / "model" / "landa.tar.gz"
    path.parent.mkdir()
    path.write_text("old model")
    monkeypatch.setattr(training, "model_path", lambda: path)
    return path


def use_rasa(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rasa = tmp_path / "environment" / "bin" / "rasa"
    rasa.parent.mkdir(parents=True)
    rasa.write_text(script)
    rasa.chmod(0o755)
    monkeypatch.setenv("NLU_ENV", str(rasa.parent.parent))


@pytest.mark.parametrize(
    ("script", "refusal", "message"),
    [
        (FAILS, TrainingFailed, "this training broke"),
        (MAKES_NO_MODEL, TrainingFailed, "rasa train failed"),
        (MAKES_A_USELESS_MODEL, ServerDidNotStart, "useless model"),
    ],
)
def test_a_failed_training_keeps_the_old_model_and_what_a_killed_one_left_goes(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    refusal: type[Exception],
    message: str,
) -> None:
    use_rasa(script, tmp_path, monkeypatch)
    (model.parent / "tmpkilled").mkdir()
    for _ in range(2):
        with pytest.raises(refusal, match=message):
            train()
    assert model.read_text() == "old model"
    assert sorted(path.name for path in model.parent.iterdir()) == [
        "landa.tar.gz",
        "nlu.yml",
        "training.lock",
    ]


def test_the_command_says_what_failed(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_rasa(FAILS, tmp_path, monkeypatch)
    assert main([]) == 1
    assert "this training broke" in capsys.readouterr().err


def test_a_model_with_a_fitting_stamp_is_not_trained_again_unless_forced(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_rasa(FAILS, tmp_path, monkeypatch)
    with pytest.raises(TrainingFailed):
        train()
    stamp = training.stamp(model.with_name("nlu.yml"))
    model.with_name("landa.stamp").write_text(stamp)
    assert train() is False
    with pytest.raises(TrainingFailed):
        train(force=True)
    model.unlink()
    with pytest.raises(TrainingFailed):
        train()
