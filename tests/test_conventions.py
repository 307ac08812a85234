"""Conventions that are not to be broken twice: sizes, names, catch-alls, escaping, enough tests."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 400
MAX_CATCH_ALLS = 4
JUNK_DRAWERS = {"utils", "helpers", "common", "misc", "services", "constants", "schemas"}


def python_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def our_files(pattern: str) -> list[Path]:
    """Without what is vendored: those scripts are kept as their authors made them."""
    return [path for path in ROOT.glob(pattern) if not path.name.startswith("htmx")]


def containing(pattern: str, paths: list[Path]) -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for path in paths
        if re.search(pattern, path.read_text(encoding="utf-8"))
    ]


def is_test(path: Path) -> bool:
    return "tests" in path.relative_to(ROOT).parts


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_python_file_is_longer_than_400_lines() -> None:
    assert [path for path in python_files() if line_count(path) > MAX_LINES] == []


def test_no_module_is_a_junk_drawer() -> None:
    assert [path for path in python_files() if path.stem.rstrip("s") in JUNK_DRAWERS] == []
    assert [path for path in python_files() if path.stem in JUNK_DRAWERS] == []


def test_only_the_edges_catch_everything() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files()
        if not is_test(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    ]
    assert len(found) <= MAX_CATCH_ALLS, found


def catches_all(handler: ast.ExceptHandler) -> bool:
    """One that only tidies up and raises again lets everything through."""
    names = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )
    last = handler.body[-1]
    return names and not (isinstance(last, ast.Raise) and last.exc is None)


def test_the_median_function_is_about_ten_lines() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files()
        if not is_test(path)
        for node in functions(path)
    ]
    assert statistics.median(lengths) <= 11


def test_there_are_at_least_eight_lines_of_tests_for_ten_of_code() -> None:
    code = sum(line_count(path) for path in python_files() if not is_test(path))
    tests = sum(line_count(path) for path in python_files() if is_test(path))
    assert tests >= 0.8 * code, (tests, code)


def test_every_package_explains_itself() -> None:
    packages = ("content", "backend", "booking", "nlu", "bot", "tests")
    assert [name for name in packages if not (ROOT / name / "README.md").is_file()] == []


def test_templates_escape_everything() -> None:
    templates = our_files("backend/templates/**/*.html")
    assert len(templates) > 50
    assert containing(r"\|\s*safe\b|autoescape\s+false", templates) == []


def test_no_code_makes_markup_past_the_templates() -> None:
    """The escaping of Jinja has no way around: not Markup, not a response with HTML of our own."""
    code = [path for path in python_files() if not is_test(path)]
    assert containing(r"\bMarkup\(|import Markup\b|\bmarkupsafe\b", code) == []
    assert containing(r"\bHTMLResponse\(", code) == ["backend/pages.py"]


def test_scripts_write_text_never_markup() -> None:
    scripts = our_files("backend/static/*.js")
    assert {path.name for path in scripts} == {"console.js", "resident.js", "sw.js"}
    written = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment"
    assert containing(written, scripts) == []
