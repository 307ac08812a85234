"""People who know Rasa use its own commands in this folder; one of them judges the data."""

import re
import subprocess

from nlu.compile import REPOSITORY, taxonomy_ids
from nlu.server import PROJECT, environment_folder, rasa_environment

# Rasa has its own use for these and asks no story for them.
RESERVED = {"restart", "out_of_scope"}


def test_rasa_finds_nothing_wrong_except_that_dialogue_lives_elsewhere() -> None:
    done = subprocess.run(
        [environment_folder() / "bin" / "rasa", "data", "validate"],
        cwd=PROJECT / "nlu",
        env=rasa_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.findall(r"^.*UserWarning: (.*?)\s*$", done.stdout + done.stderr, re.MULTILINE)
    expected = set(taxonomy_ids(REPOSITORY)) - RESERVED
    assert sorted(said) == sorted(
        f"The intent '{id}' is not used in any story or rule." for id in expected
    )
    assert done.returncode == 0
