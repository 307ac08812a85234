"""Measures what residents would get: asks an NLU for every line of a file and counts.
The last line on stdout is one JSON object, for gates in CI."""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.client import OUT_OF_SCOPE, NluClient, Understanding, Verdict
from nlu.server import (
    PROJECT,
    RunningServer,
    ServerDidNotStart,
    is_ready,
    model_path,
    running_server,
)

URGENT = "urgent_danger"
# Not an id of the taxonomy: Rasa's name for "nothing fits".
_FALLBACK = "nlu_fallback"
_WORST = 15

Understand = Callable[[str], Awaitable[Understanding | None]]
IsEmergency = Callable[[str], bool]


class CannotEvaluate(Exception):
    """Says what is missing."""


@dataclass(frozen=True)
class EvaluationLine:
    text: str
    language: str
    id: str
    style: str | None


@dataclass(frozen=True)
class Outcome:
    """What a resident who wrote this line would get."""

    line: EvaluationLine
    ranking: tuple[str, ...]
    is_answered: bool
    is_urgent: bool

    @property
    def top(self) -> str:
        return self.ranking[0] if self.ranking else _FALLBACK

    @property
    def is_right(self) -> bool:
        return self.top == self.line.id

    @property
    def is_in_top3(self) -> bool:
        return self.line.id in self.ranking[:3]


def read_lines(path: Path) -> list[EvaluationLine]:
    records = path.read_text(encoding="utf-8").splitlines()
    return [_line(dict(json.loads(record))) for record in records if record.strip()]


async def evaluate(
    lines: Sequence[EvaluationLine], understand: Understand, is_emergency: IsEmergency
) -> list[Outcome]:
    """One outcome per line; emergency rules come first, as in a conversation."""
    outcomes = []
    for line in lines:
        understood = await understand(line.text)
        if understood is None:
            raise CannotEvaluate("The NLU stopped answering.")
        outcomes.append(_outcome(line, understood, is_emergency=is_emergency(line.text)))
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The object of the last line; a rate without any line to judge is None."""
    by_language = {
        language: _share(x.is_right for x in outcomes if x.line.language == language)
        for language in sorted({x.line.language for x in outcomes})
    }
    lowest = min(by_language, key=lambda language: by_language[language] or 0.0, default=None)
    return {
        "accuracy": _share(x.is_right for x in outcomes),
        "top3": _share(x.is_in_top3 for x in outcomes),
        "by_lang": by_language,
        "min_lang": {
            "lang": lowest,
            "accuracy": by_language[lowest] if lowest else None,
        },
        "urgent_recall": _share(x.is_urgent for x in outcomes if x.line.id == URGENT),
        "urgent_precision": _share(x.line.id == URGENT for x in outcomes if x.is_urgent),
        "oos_false_answer": _share(x.is_answered for x in outcomes if x.line.id == OUT_OF_SCOPE),
        "n": len(outcomes),
    }


def report(outcomes: Sequence[Outcome]) -> str:
    """Tables for people."""
    parts = [_table("language", outcomes, lambda line: line.language)]
    if any(x.line.style for x in outcomes):
        parts.append(_table("style", outcomes, lambda line: line.style or "-"))
    wrong = Counter((x.line.id, x.top) for x in outcomes if not x.is_right)
    worst = [f"  {count:3}  {id} -> {top}" for (id, top), count in wrong.most_common(_WORST)]
    parts.append("\n".join(["worst confusions", *worst]))
    return "\n\n".join(parts)


def run(path: Path, is_emergency: IsEmergency) -> int:
    """The whole command: measure, print, and the exit status."""
    try:
        lines = read_lines(path)
        with _some_server() as (urls, token):
            outcomes = asyncio.run(_ask_all(lines, urls, token, is_emergency))
    except (
        CannotEvaluate,
        ServerDidNotStart,
        OSError,
        ValueError,
        KeyError,
    ) as problem:
        print(f"Cannot evaluate {path}: {problem!r}", file=sys.stderr)
        return 1
    print(report(outcomes), json.dumps(summary(outcomes)), sep="\n\n", flush=True)
    return 0


async def _ask_all(
    lines: Sequence[EvaluationLine],
    urls: Sequence[str],
    token: str,
    is_emergency: IsEmergency,
) -> list[Outcome]:
    async with NluClient(urls, token, timeout=20.0) as client:
        return await evaluate(lines, client.understand, is_emergency)


def _line(record: dict[str, Any]) -> EvaluationLine:
    return EvaluationLine(record["text"], record["lang"], record["intent"], record.get("style"))


def _outcome(line: EvaluationLine, understood: Understanding, *, is_emergency: bool) -> Outcome:
    model_says_urgent = understood.verdict is Verdict.ANSWER and understood.top == URGENT
    return Outcome(
        line=line,
        ranking=tuple(x.id for x in understood.ranking if x.id != _FALLBACK),
        is_answered=understood.verdict is Verdict.ANSWER or is_emergency,
        is_urgent=is_emergency or model_says_urgent,
    )


def _share(facts: Iterator[bool]) -> float | None:
    counted = Counter(facts)
    return round(counted[True] / counted.total(), 4) if counted else None


def _table(
    heading: str, outcomes: Sequence[Outcome], group: Callable[[EvaluationLine], str]
) -> str:
    rows = [f"{heading:12} {'lines':>6} {'accuracy':>9} {'top-3':>7} {'answered':>9}"]
    for name in [*sorted({group(x.line) for x in outcomes}), "all"]:
        chosen = [x for x in outcomes if name in ("all", group(x.line))]
        counts = (sum(x.is_right for x in chosen), sum(x.is_in_top3 for x in chosen))
        shares = [count / len(chosen) for count in (*counts, sum(x.is_answered for x in chosen))]
        rows.append(f"{name:12} {len(chosen):6} {shares[0]:9.1%} {shares[1]:7.1%} {shares[2]:9.1%}")
    return "\n".join(rows)


@contextmanager
def _some_server() -> Iterator[tuple[list[str], str]]:
    for settings in (dict(os.environ), _local_secrets()):
        urls, token = (
            settings.get("NLU_URLS", "").split(","),
            settings.get("NLU_TOKEN", ""),
        )
        answering = [url for url in urls if url and is_ready(url, token)]
        if answering:
            yield answering, token
            return
    model = model_path()
    if not model.exists():
        raise CannotEvaluate("There is no model; run `make nlu-train` first.")
    print("No running NLU found; starting one …", file=sys.stderr)
    with running_server(model) as server:
        yield _address(server)


def _address(server: RunningServer) -> tuple[list[str], str]:
    return [server.url], server.token


def _local_secrets() -> dict[str, str]:
    path = PROJECT / ".landa" / "secrets.env"
    if not path.exists():
        return {}
    pairs = (
        line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line
    )
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlu.evaluate", description=__doc__)
    parser.add_argument("file", type=Path, help='JSON lines {"text", "lang", "intent"}')
    options = parser.parse_args(arguments)
    print("Without emergency rules; `make nlu-eval` adds them.", file=sys.stderr)
    return run(options.file, lambda _text: False)


if __name__ == "__main__":
    sys.exit(main())
