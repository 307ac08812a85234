"""Trains Rasa's stock pipeline and ours on the same lines and asks both the same questions:
`make nlu-compare`. Without emergency rules: recogniser against recogniser."""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from nlu import compile as lines_compiler
from nlu.client import Candidate, Understanding, Verdict
from nlu.evaluate import EvaluationLine, evaluate, read_lines, summary
from nlu.normalise import normalise
from nlu.server import (
    PROJECT,
    RunningServer,
    ServerDidNotStart,
    rasa_environment,
    running_server,
)
from nlu.train import TrainingFailed, digest, stamp, training_command

_NLU = PROJECT / "nlu"
_SCRATCH = PROJECT / ".landa" / "compare"
RESULT = _NLU / "evaluation" / "compare.md"
_WARM_UP = 20
_SAMPLES_PER_SECOND = 2
_SAY_AFTER_SECONDS = 60
_SAY_AFTER_PARSES = 500
# A slow parse is a figure, too, and on a busy machine TensorFlow starts slowly.
_PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Training:
    """What a training took; memory is that of all its processes together."""

    stamp: str
    seconds: float
    processor_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Measured:
    """One recogniser; `known` and `unknown` are summaries of languages with and without lines."""

    name: str
    known: dict[str, Any]
    unknown: dict[str, Any]
    training: Training
    model_bytes: int
    server_bytes: int
    parse_seconds: Sequence[float]


@dataclass(frozen=True)
class _Recogniser:
    name: str
    config: Path
    stamp: str


def compare(*, epochs: int | None, every: int) -> str:
    """The result as Markdown. A model that was made from the same lines is not trained again."""
    folder = _SCRATCH / ("all" if every == 1 else f"every-{every}")
    folder.mkdir(parents=True, exist_ok=True)
    compiled = folder / "nlu.yml"
    sources = lines_compiler.REPOSITORY
    lines = lines_compiler.usable(lines_compiler.collect(sources), sources)[::every]
    lines_compiler.write(lines, compiled)
    diet, epochs = _diet_config(folder / "diet.yml", epochs)
    recognisers = [
        _Recogniser("ours", _NLU / "config.yml", stamp(compiled)),
        _Recogniser("diet", diet, digest([diet, _NLU / "requirements.lock", compiled])),
    ]
    _say(f"{len(lines)} lines, {epochs} epochs of DIET; everything made lies in {folder}")
    trained = [(each, _trained(each, compiled, folder)) for each in recognisers]
    measured = [_measure(each, training, folder) for each, training in trained]
    return result(measured, lines=len(lines), epochs=epochs, cores=os.cpu_count() or 1)


def result(measured: Sequence[Measured], *, lines: int, epochs: int, cores: int) -> str:
    """The whole file."""
    known, unknown = measured[0].known["n"], measured[0].unknown["n"]
    return f"""# Ours against stock Rasa

Written by `make nlu-compare`. Ours is `nlu/config.yml`, stock Rasa is its default pipeline
(`diet.yml`) with {epochs} epochs. Both were trained once on the same {lines} lines, on {cores}
cores, and asked without emergency rules, one message after another over HTTP. Accuracy is that on
the {known} lines of `dev.jsonl`; "unknown" are the {unknown} of `zero_shot.jsonl`, in languages
without a training line.

{table(measured)}
"""


def table(measured: Sequence[Measured]) -> str:
    """One column for each recogniser."""
    columns = [_figures(each) for each in measured]
    rows = [["", *(each.name for each in measured)]]
    rows += [[name, *(column[name] for column in columns)] for name in columns[0]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [
        [name.ljust(widths[0]), *map(str.rjust, figures, widths[1:])] for name, *figures in rows
    ]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [padded[0], rule, *padded[1:]])


def _figures(each: Measured) -> dict[str, str]:
    languages = {f"accuracy {name}": share for name, share in each.known["by_lang"].items()}
    unknown = {f"unknown {name}": share for name, share in each.unknown["by_lang"].items()}
    shares = {
        "accuracy": each.known["accuracy"],
        "top 3": each.known["top3"],
        **languages,
        **unknown,
        "unknown, top 3": each.unknown["top3"],
    }
    late = statistics.quantiles(each.parse_seconds, n=20)[-1]
    return {
        **{name: f"{share:.1%}" for name, share in shares.items()},
        "training, clock": _minutes(each.training.seconds),
        "training, processor": _minutes(each.training.processor_seconds),
        "training, memory": _megabytes(each.training.peak_bytes),
        "model file": _megabytes(each.model_bytes),
        "server, memory": _megabytes(each.server_bytes),
        "parse, p50": f"{statistics.median(each.parse_seconds) * 1000:.1f} ms",
        "parse, p95": f"{late * 1000:.1f} ms",
    }


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def _diet_config(target: Path, epochs: int | None) -> tuple[Path, int]:
    config = yaml.safe_load((_NLU / "evaluation" / "diet.yml").read_text(encoding="utf-8"))
    (diet,) = (part for part in config["pipeline"] if part["name"] == "DIETClassifier")
    diet["epochs"] = epochs or diet["epochs"]
    target.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return target, diet["epochs"]


def _trained(each: _Recogniser, compiled: Path, folder: Path) -> Training:
    model, figures = folder / f"{each.name}.tar.gz", folder / f"{each.name}.json"
    if model.exists() and figures.exists():
        before = Training(**json.loads(figures.read_text(encoding="utf-8")))
        if before.stamp == each.stamp:
            _say(f"{each.name}: trained before on the same lines.")
            return before
    log = folder / f"{each.name}.log"
    _say(f"{each.name}: training; what Rasa says goes to {log}")
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        command = training_command(each.config, compiled, Path(fresh), each.name)
        training = _run(each, command, Path(fresh), log)
        figures.unlink(missing_ok=True)
        Path(fresh, model.name).replace(model)
    figures.write_text(json.dumps(asdict(training)), encoding="utf-8")
    return training


def _run(each: _Recogniser, command: Sequence[str], folder: Path, log: Path) -> Training:
    started, processor = time.monotonic(), _processor_seconds()
    with log.open("w", encoding="utf-8") as output, _watched(each.name) as watch:
        done = subprocess.run(
            command,
            # Rasa shows components and epochs only when it may say more than errors.
            env={**rasa_environment(), "LOG_LEVEL": "INFO"},
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0 or not (folder / f"{each.name}.tar.gz").exists():
        raise TrainingFailed(f"{each.name}: rasa train failed ({done.returncode}), see {log}")
    seconds = time.monotonic() - started
    return Training(each.stamp, seconds, _processor_seconds() - processor, watch.peak_bytes)


def _processor_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@dataclass
class _Watch:
    peak_bytes: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def follow(self, name: str) -> None:
        started = said = time.monotonic()
        while not self.ended.wait(1 / _SAMPLES_PER_SECOND):
            self.peak_bytes = max(self.peak_bytes, _memory_of_children())
            now = time.monotonic()
            if now - said >= _SAY_AFTER_SECONDS:
                said = now
                _say(f"{name}: {_minutes(now - started)}, {_megabytes(self.peak_bytes)} at most")


@contextmanager
def _watched(name: str) -> Iterator[_Watch]:
    watch = _Watch()
    thread = threading.Thread(target=watch.follow, args=[name])
    thread.start()
    try:
        yield watch
    finally:
        watch.ended.set()
        thread.join()


def _memory_of_children() -> int:
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _measure(each: _Recogniser, training: Training, folder: Path) -> Measured:
    known, unknown = (
        read_lines(_NLU / "evaluation" / name) for name in ("dev.jsonl", "zero_shot.jsonl")
    )
    model = folder / f"{each.name}.tar.gz"
    _say(f"{each.name}: asking {len(known) + len(unknown)} lines")
    with running_server(model, start_seconds=_PATIENCE_SECONDS) as server:
        answered = asyncio.run(_ask(server, known, unknown))
        server_bytes = _memory_of_children()
    return Measured(
        name=each.name,
        known=answered[0],
        unknown=answered[1],
        training=training,
        model_bytes=model.stat().st_size,
        server_bytes=server_bytes,
        parse_seconds=answered[2],
    )


async def _ask(
    server: RunningServer, known: Sequence[EvaluationLine], unknown: Sequence[EvaluationLine]
) -> tuple[dict[str, Any], dict[str, Any], list[float]]:
    seconds: list[float] = []
    async with httpx.AsyncClient(trust_env=False, params={"token": server.token}) as http:

        async def understand(text: str) -> Understanding:
            started = time.perf_counter()
            understood = await _parse(http, server.url, text)
            seconds.append(time.perf_counter() - started)
            if len(seconds) % _SAY_AFTER_PARSES == 0:
                _say(f"  {len(seconds)} asked")
            return understood

        await evaluate(known[:_WARM_UP], understand, _no_rules)
        seconds.clear()
        outcomes = [await evaluate(lines, understand, _no_rules) for lines in (known, unknown)]
    return summary(outcomes[0]), summary(outcomes[1]), seconds


async def _parse(http: httpx.AsyncClient, url: str, text: str) -> Understanding:
    # Both get what the client would send; only Rasa's own keys are read, which both have.
    spoken = normalise(text).lstrip("/ ")
    reply = await http.post(f"{url}/model/parse", json={"text": spoken}, timeout=_PATIENCE_SECONDS)
    ranking = reply.raise_for_status().json()["intent_ranking"]
    return Understanding(
        verdict=Verdict.NONE,
        ranking=tuple(Candidate(found["name"], found["confidence"]) for found in ranking),
        language=None,
        is_language_sure=False,
        vector=(),
    )


def _no_rules(_text: str) -> bool:
    return False


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.compare", description=__doc__)
    parser.add_argument("--epochs", type=int, help="of DIET, instead of those in diet.yml")
    parser.add_argument(
        "--every", type=int, default=1, help="train on every n-th line only and save no result"
    )
    options = parser.parse_args(arguments)
    try:
        compared = compare(epochs=options.epochs, every=options.every)
    except (
        TrainingFailed,
        ServerDidNotStart,
        lines_compiler.UnreadableLines,
        httpx.HTTPError,
    ) as problem:
        _say(f"{type(problem).__name__}: {problem}")
        return 1
    if options.every == 1:
        RESULT.write_text(compared, encoding="utf-8")
    print(compared)
    return 0


if __name__ == "__main__":
    sys.exit(main())
