"""The verdict follows two thresholds, with two exceptions."""

import pytest

from nlu.components.verdict import verdict


@pytest.mark.parametrize(
    ("ranking", "reached"),
    [
        pytest.param([("id_card", 0.8), ("book", 0.1)], "answer", id="sure"),
        pytest.param([("id_card", 0.7), ("book", 0.1)], "answer", id="exactly sure enough"),
        pytest.param([("id_card", 0.5), ("book", 0.4)], "offer", id="between two"),
        pytest.param([("id_card", 0.2), ("book", 0.1)], "none", id="lost"),
        pytest.param([("out_of_scope", 0.9), ("book", 0.05)], "none", id="foreign"),
        pytest.param([("out_of_scope", 0.5), ("book", 0.4)], "offer", id="perhaps foreign"),
        pytest.param(
            [("urgent_danger", 0.4), ("book", 0.3)], "answer", id="danger is answered early"
        ),
        pytest.param([("urgent_danger", 0.2), ("book", 0.1)], "none", id="hardly danger"),
        pytest.param([("out_of_scope", 1.0)], "none", id="nothing but foreign"),
        pytest.param([], "none", id="a command"),
    ],
)
def test_verdict(ranking: list[tuple[str, float]], reached: str) -> None:
    assert verdict(ranking, answer=0.7, offer=0.3) == reached
