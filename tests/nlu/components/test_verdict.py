"""The verdict follows two thresholds, with few exceptions."""

import pytest

from nlu.components.output import Sureness
from nlu.components.verdict import verdict

SURE = Sureness(trust=0.7, answer=0.7, offer=0.3)
SEVERAL = Sureness(trust=0.7, answer=0.7, offer=0.3, is_several=True)
NOT_SURE = Sureness(trust=0.69, answer=0.7, offer=0.3)


@pytest.mark.parametrize(
    ("ranking", "sureness", "reached"),
    [
        pytest.param([("id_card", 0.8), ("book", 0.1)], SURE, "answer", id="sure"),
        pytest.param([("id_card", 0.8), ("book", 0.1)], NOT_SURE, "offer", id="probable only"),
        pytest.param([("id_card", 0.2), ("book", 0.1)], SURE, "none", id="lost"),
        pytest.param([("id_card", 0.8), ("book", 0.1)], SEVERAL, "offer", id="two questions"),
        pytest.param([("id_card", 0.2), ("book", 0.1)], SEVERAL, "offer", id="two halves"),
        pytest.param([("out_of_scope", 0.9), ("book", 0.05)], SURE, "none", id="foreign"),
        pytest.param([("out_of_scope", 0.5), ("book", 0.4)], SURE, "offer", id="perhaps foreign"),
        pytest.param(
            [("urgent_danger", 0.4), ("book", 0.3)],
            NOT_SURE,
            "answer",
            id="danger is answered early",
        ),
        pytest.param([("urgent_danger", 0.2), ("book", 0.1)], NOT_SURE, "none", id="hardly danger"),
        pytest.param([("out_of_scope", 1.0)], SURE, "none", id="nothing but foreign"),
        pytest.param([], SURE, "none", id="a command"),
    ],
)
def test_verdict(ranking: list[tuple[str, float]], sureness: Sureness, reached: str) -> None:
    assert verdict(ranking, sureness) == reached
