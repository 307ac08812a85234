from pathlib import Path

import pytest

from content.findings import Finding
from content.toml_lines import find_line, with_line

DIRECTORY = """# What each service does.
[services.drop_in]
substitute = "queue"

[services.queue]
substitute = "drop_in"
instead = [
    { reason = "law", who = "taxes" },
]

[[staff]]
key = "maria"

[cannot]
bank = ["bank_account"]
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("services: queue", 5),
        ("services: queue: instead 1", 7),
        ("queue", 5),
        ("services.queue.substitute", 6),
        ("staff maria", 12),
        ("cannot", 14),
        ("cannot: bank", 15),
        ("cannot: nowhere", 14),
        ("nowhere", 0),
    ],
)
def test_the_line_is_that_of_the_key_or_of_its_table(place: str, line: int) -> None:
    assert find_line(DIRECTORY, place) == line


def test_a_finding_shows_the_line_also_where_its_folder_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "municipalities/directory/lindby.toml"
    path.parent.mkdir(parents=True)
    path.write_text(DIRECTORY, encoding="utf-8")
    found = with_line(Finding("directory/lindby.toml: services: queue", "mend it"), tmp_path)
    assert str(found) == "error: directory/lindby.toml:5: services: queue: mend it"


@pytest.mark.parametrize(
    "finding",
    [
        Finding("se/facts.toml: fee", "mend it", line=7),
        Finding("se/chain.toml: id_card", "there is no such file"),
        Finding("se/id_card/sv.md: what", "no TOML"),
        Finding("phrases", "write the source first"),
    ],
)
def test_other_findings_stay_as_they_are(tmp_path: Path, finding: Finding) -> None:
    assert str(with_line(finding, tmp_path)) == str(finding)
