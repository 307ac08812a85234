"""Trains the NLU: compiles the lines, runs Rasa, tries the new model, and only then puts it in
place. Does nothing when nothing that shapes the model has changed."""

import argparse
import asyncio
import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nlu import compile as lines_compiler
from nlu.client import NluClient, Verdict
from nlu.server import (
    MODEL_NAME,
    PROJECT,
    RunningServer,
    ServerDidNotStart,
    environment_folder,
    model_path,
    rasa_environment,
    running_server,
)

_NLU = PROJECT / "nlu"
_SHAPING_FILES = (
    "config.yml",
    "domain.yml",
    "requirements.lock",
    "encoder.py",
    "encoder_file.py",
    "letter_hashes.py",
    "line_vectors.py",
    "normalise.py",
)
_SMOKE_TEXT, _SMOKE_ID = "I want to talk to a person", "talk_to_human"


class TrainingFailed(Exception):
    """The old model, if there is one, stays in place."""


def train(*, force: bool = False) -> bool:
    """Whether a new model was made. Progress goes to stderr."""
    model = model_path()
    with _alone(model.parent):
        return _train(model, force=force)


def _train(model: Path, *, force: bool) -> bool:
    compiled = model.parent / "nlu.yml"
    _compile(compiled)
    current = stamp(compiled)
    if not force and _is_current(model, current):
        _say("The model is up to date.")
        return False
    started = time.monotonic()
    for left in model.parent.glob("tmp*"):
        # Of a training that was killed: nobody else trains now.
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=model.parent) as folder:
        fresh = _run_rasa(compiled, Path(folder))
        _try_out(fresh)
        fresh.replace(model)
    _stamp_path(model).write_text(current, encoding="utf-8")
    _say(f"Trained in {time.monotonic() - started:.0f} s: {model}")
    return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever comes second waits, and then mostly finds that nothing is left to do."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(target: Path) -> None:
    sources = lines_compiler.REPOSITORY
    lines = lines_compiler.collect(sources)
    for problem in lines_compiler.check(lines, sources):
        _say(f"  note: {problem}")
    kept = lines_compiler.usable(lines, sources)
    lines_compiler.write(kept, target)
    languages = sorted({line.language for line in kept})
    ids = len({line.id for line in kept})
    _say(f"{len(kept)} lines for {ids} ids in {', '.join(languages)}.")


def training_command(config: Path, compiled: Path, folder: Path, name: str) -> list[str]:
    """Rasa's command line that leaves `name`.tar.gz in `folder`."""
    files = [
        "--config",
        config,
        "--domain",
        _NLU / "domain.yml",
        "--nlu",
        compiled,
        "--out",
        folder,
    ]
    rasa = environment_folder() / "bin" / "rasa"
    return [str(rasa), "train", "nlu", *map(str, files), "--fixed-model-name", name]


def _run_rasa(compiled: Path, folder: Path) -> Path:
    _say("Training, some minutes …")
    # Rasa keeps its cache in the working folder, and would rewrite a configuration it finds there.
    done = subprocess.run(
        training_command(_NLU / "config.yml", compiled, folder, MODEL_NAME),
        env=rasa_environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    fresh = folder / f"{MODEL_NAME}.tar.gz"
    if done.returncode != 0 or not fresh.exists():
        raise TrainingFailed(
            f"rasa train failed ({done.returncode}):\n{(done.stdout + done.stderr)[-3000:]}"
        )
    return fresh


def _try_out(model: Path) -> None:
    _say("Trying the new model …")
    with running_server(model) as server:
        asyncio.run(_smoke(server))


async def _smoke(server: RunningServer) -> None:
    async with NluClient([server.url], server.token, timeout=20.0) as client:
        understood = await client.understand(_SMOKE_TEXT)
    if understood is None or understood.verdict is Verdict.NONE or understood.top != _SMOKE_ID:
        raise TrainingFailed(f"The new model does not understand {_SMOKE_TEXT!r}.")


def stamp(compiled: Path) -> str:
    """Changes with everything that shapes the model."""
    shaping = [_NLU / name for name in _SHAPING_FILES]
    shaping += [
        _NLU / "language.py",
        *sorted((_NLU / "components").glob("*.py")),
        compiled,
    ]
    return digest(shaping)


def digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _stamp_path(model: Path) -> Path:
    return model.with_name(f"{MODEL_NAME}.stamp")


def _is_current(model: Path, current: str) -> bool:
    path = _stamp_path(model)
    return model.exists() and path.exists() and path.read_text(encoding="utf-8") == current


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train even if nothing has changed")
    options = parser.parse_args(arguments)
    try:
        train(force=options.force)
    except (TrainingFailed, ServerDidNotStart, lines_compiler.UnreadableLines) as problem:
        _say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
