from pathlib import Path

import pytest

from content.entry import ContentError
from content.taxonomy import load_taxonomy


def test_there_are_36_topics_and_23_acts() -> None:
    taxonomy = load_taxonomy()
    assert (len(taxonomy.topics), len(taxonomy.acts)) == (36, 23)
    assert "id_card" in taxonomy.topics
    assert "urgent_danger" in taxonomy.acts


def test_no_id_is_both_topic_and_act() -> None:
    taxonomy = load_taxonomy()
    assert set(taxonomy.topics) & set(taxonomy.acts) == set()


def test_another_group_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text("topics: {}\nactions: {}\n", encoding="utf-8")
    with pytest.raises(ContentError, match="keep exactly the two groups"):
        load_taxonomy(path)
