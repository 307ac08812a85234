"""The comparison with stock Rasa says what was measured, one column for each recogniser."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from nlu import compare
from nlu.compare import Measured, Training, result, table
from nlu.compile import LANGUAGES, REPOSITORY, taxonomy_ids
from nlu.evaluate import read_lines
from nlu.server import PROJECT, environment_folder
from nlu.train import TrainingFailed

STOCK = "lib/python3.10/site-packages/rasa/engine/recipes/config_files/default_config.yml"
COUNTS_ITS_RUNS = """#!/bin/sh
echo run >> "$NLU_RUNS"
while [ "$1" != --out ]; do shift; done
echo model > "$2/diet.tar.gz"
"""

OURS = Measured(
    name="ours",
    known={"accuracy": 0.9372, "top3": 0.9781, "by_lang": {"en": 0.9896, "ti": 0.8953}, "n": 2298},
    unknown={"accuracy": 0.75, "top3": 0.9, "by_lang": {"pl": 0.7458, "tr": 0.7542}, "n": 118},
    training=Training("stamp", seconds=374.0, processor_seconds=512.0, peak_bytes=1_512_300_000),
    model_bytes=20_021_048,
    server_bytes=612_000_000,
    parse_seconds=[0.010] * 90 + [0.020] * 10,
)
DIET = dataclasses.replace(
    OURS,
    name="diet",
    known={"accuracy": 0.5, "top3": 0.6666, "by_lang": {"en": 0.5, "ti": 0.5}, "n": 2298},
    training=Training("other", seconds=7200.0, processor_seconds=13_000.0, peak_bytes=2 * 10**9),
)


def test_the_table_has_a_column_for_each_recogniser() -> None:
    assert table([OURS, DIET]).splitlines() == [
        "|                     |    ours |      diet |",
        "| ------------------- | ------: | --------: |",
        "| accuracy            |   93.7% |     50.0% |",
        "| top 3               |   97.8% |     66.7% |",
        "| accuracy en         |   99.0% |     50.0% |",
        "| accuracy ti         |   89.5% |     50.0% |",
        "| unknown pl          |   74.6% |     74.6% |",
        "| unknown tr          |   75.4% |     75.4% |",
        "| unknown, top 3      |   90.0% |     90.0% |",
        "| training, clock     | 6.2 min | 120.0 min |",
        "| training, processor | 8.5 min | 216.7 min |",
        "| training, memory    | 1512 MB |   2000 MB |",
        "| model file          |   20 MB |     20 MB |",
        "| server, memory      |  612 MB |    612 MB |",
        "| parse, p50          | 10.0 ms |   10.0 ms |",
        "| parse, p95          | 20.0 ms |   20.0 ms |",
    ]


def test_the_result_names_epochs_lines_and_cores() -> None:
    written = result([OURS, DIET], lines=21200, epochs=40, cores=2)
    assert "(`diet.yml`) with 40 epochs." in written
    assert "on the same 21200 lines, on 2\ncores" in written
    assert written.endswith(table([OURS, DIET]) + "\n")


def test_the_baseline_is_rasas_default_pipeline_to_the_letter() -> None:
    baseline = yaml.safe_load((PROJECT / "nlu" / "evaluation" / "diet.yml").read_text())
    stock = yaml.safe_load((environment_folder() / STOCK).read_text())
    assert baseline["pipeline"] == stock["pipeline"]


def test_epochs_may_be_fewer_and_nothing_else_changes(tmp_path: Path) -> None:
    stock, epochs = compare._diet_config(tmp_path / "stock.yml", None)
    fewer, named = compare._diet_config(tmp_path / "fewer.yml", 7)
    assert (epochs, named) == (100, 7)
    assert fewer.read_text() == stock.read_text().replace(
        "DIETClassifier\n  epochs: 100", "DIETClassifier\n  epochs: 7"
    )


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Rasa that makes a model at once and counts, in this file, how often it was asked to."""
    path, rasa = tmp_path / "runs", tmp_path / "environment" / "bin" / "rasa"
    rasa.parent.mkdir(parents=True)
    rasa.write_text(COUNTS_ITS_RUNS.replace("$NLU_RUNS", str(path)))
    rasa.chmod(0o755)
    monkeypatch.setenv("NLU_ENV", str(rasa.parent.parent))
    return path


def trained(folder: Path, stamp: str) -> Training:
    recogniser = compare._Recogniser("diet", folder / "diet.yml", stamp)
    return compare._trained(recogniser, folder / "nlu.yml", folder)


def test_a_model_of_the_same_lines_is_not_trained_again(runs: Path, tmp_path: Path) -> None:
    first = trained(tmp_path, "these lines")
    assert trained(tmp_path, "these lines") == first
    assert runs.read_text() == "run\n"
    assert trained(tmp_path, "other lines").stamp == "other lines"
    assert runs.read_text() == "run\nrun\n"


def test_a_failed_training_is_tried_again_and_its_log_is_named(runs: Path, tmp_path: Path) -> None:
    script = tmp_path / "environment" / "bin" / "rasa"
    working = script.read_text()
    script.write_text("#!/bin/sh\necho no memory\nexit 3\n")
    with pytest.raises(TrainingFailed, match=r"rasa train failed \(3\), see .*diet\.log"):
        trained(tmp_path, "these lines")
    assert (tmp_path / "diet.log").read_text() == "no memory\n"
    script.write_text(working)
    assert trained(tmp_path, "these lines").stamp == "these lines"


def test_two_languages_without_training_lines_ask_for_every_id_once() -> None:
    asked: dict[str, list[str]] = {}
    for line in read_lines(PROJECT / "nlu" / "evaluation" / "zero_shot.jsonl"):
        asked.setdefault(line.language, []).append(line.id)
    ids = list(taxonomy_ids(REPOSITORY))
    assert asked == {"pl": ids, "tr": ids}
    assert asked.keys().isdisjoint(LANGUAGES)
