"""What machines that watch are told, with the database there and away."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import database_away
from tests.live import LiveApp, Resident

OUR_OWN = (
    "landa_waiting",
    "landa_broken_promises",
    "landa_sends_repeated",
    "landa_sends_repeated_created",
)
# Of the process itself; prometheus_client brings them.
OF_THE_PROCESS = {
    "process_cpu_seconds",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
    "python_gc_collections",
    "python_gc_objects_collected",
    "python_gc_objects_uncollectable",
    "python_info",
}
KINDS = {"handover", "inbox", "inbox_dead", "outbox", "outbox_dead", "outbox_unknown"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/healthz", {"status": "alive"}),
        ("/readyz", {"status": "ready", "database": "up", "nlu": "away"}),
    ],
)
def test_without_the_recogniser_the_app_is_alive_and_ready(
    live: LiveApp, address: str, expected: dict[str, str]
) -> None:
    with live.http() as http:
        answer = http.get(address)
    assert (answer.status_code, answer.json()) == (200, expected)


def test_without_the_database_the_app_is_alive_but_not_ready(live: LiveApp, owner_url: str) -> None:
    with live.http() as http:
        with database_away(owner_url):
            names = ("healthz", "readyz", "metrics")
            alive, ready, figures = [http.get(f"/{name}") for name in names]
        again = http.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (503, {"status": "not ready", "database": "away"})
    assert (figures.status_code, figures.headers["retry-after"]) == (503, "2")
    assert again.status_code == 200


def test_the_figures_count_what_waits_and_name_nobody(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        amina.press("human")
        amina.press("share:yes")
        answer = http.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families.keys() == {*OUR_OWN, *OF_THE_PROCESS}
    waiting = {
        (sample.labels["municipality"], sample.labels["kind"]): sample.value
        for sample in families["landa_waiting"].samples
    }
    towns = ("lindby", "saarela", "strandby")
    assert waiting.keys() == {(town, kind) for town in towns for kind in KINDS}
    assert {key for key, value in waiting.items() if value} == {("lindby", "handover")}
    assert amina.id not in answer.text
