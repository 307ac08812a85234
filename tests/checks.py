"""Every check there is, in one list; runs them all and fails when one did (`make test`)."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.browser import NoBrowser, browser

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / ".landa" / "app" / "bin"
NLU = ROOT / ".landa" / "nlu" / "bin"
# Content is judged as of this day, so that the same commit passes tomorrow too.
CONTENT_DAY = "2026-11-22"
# The 3.10 environment has none of the plugins that pyproject.toml configures, nor types of Rasa.
OF_THE_NLU_MYPY = (
    "--config-file=",
    "--strict",
    "--python-version=3.10",
    "--ignore-missing-imports",
    "--allow-subclassing-any",
    "--allow-untyped-decorators",
)
OF_THE_NLU_PYTEST = (
    "--config-file=/dev/null",
    "--rootdir=.",
    "--confcutdir=tests/nlu/components",
    "tests/nlu/components",
)


@dataclass(frozen=True)
class Check:
    name: str
    command: Sequence[str | Path]


LINT = (
    Check("ruff check", [APP / "ruff", "check", "."]),
    Check("ruff format", [APP / "ruff", "format", "--check", "."]),
    Check("mypy", [APP / "mypy"]),
    Check("import arrows", [APP / "lint-imports"]),
    Check("templates", [APP / "djlint", "--lint", "backend/templates"]),
    Check("catalogues", [APP / "python", "-m", "content.catalogues", "check"]),
    Check("content", [APP / "python", "-m", "content.check", "--on", CONTENT_DAY]),
    Check("training lines", [APP / "python", "-m", "nlu.compile", "--check"]),
    Check("NLU components: mypy", [NLU / "mypy", *OF_THE_NLU_MYPY, "nlu/components"]),
)
TESTS = (
    Check("model", [APP / "python", "-m", "nlu.train"]),
    Check("answers", [APP / "python", "-m", "bot.sections"]),
    Check("NLU components: tests", [NLU / "python", "-m", "pytest", *OF_THE_NLU_PYTEST]),
    Check("tests", [APP / "python", "-m", "pytest"]),
)


def main(arguments: Sequence[str]) -> int:
    if list(arguments) == ["lint"]:
        return run(LINT)
    try:
        os.environ["BROWSER_PATH"] = str(browser())
    except NoBrowser as problem:
        print(problem, file=sys.stderr)
        return 1
    return run([*LINT, *TESTS])


def run(checks: Sequence[Check]) -> int:
    summary = [_run(check) for check in checks]
    print("\n" + "\n".join(line for _, line in summary), flush=True)
    return 0 if all(passed for passed, _ in summary) else 1


def _run(check: Check) -> tuple[bool, str]:
    print(f"\n== {check.name}", flush=True)
    started = time.monotonic()
    done = subprocess.run(check.command, cwd=ROOT, check=False)
    passed = done.returncode == 0
    seconds = time.monotonic() - started
    return passed, f"{'ok    ' if passed else 'FAILED'} {check.name} {seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
