"""The real server with the trained model: what it returns, whom it answers, what it keeps quiet."""

import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from nlu.client import NluClient, Understanding, Verdict
from nlu.server import (
    RunningServer,
    ServerDidNotStart,
    free_port,
    is_ready,
    model_path,
    rasa_environment,
    running_server,
    serve_command,
)
from nlu.train import train


@pytest.fixture
def server(nlu: dict[str, str]) -> RunningServer:
    return RunningServer(nlu["NLU_URLS"], nlu["NLU_TOKEN"])


async def understand(server: RunningServer, text: str) -> Understanding | None:
    async with NluClient([server.url], server.token, timeout=20.0) as client:
        return await client.understand(text)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("how do I get an ID card?", "id_card"),
        ("Hur får jag ett id-kort?", "id_card"),
        ("كيف أحصل على بطاقة هوية", "id_card"),
        ("I want to talk to a person", "talk_to_human"),
        ("jag vill boka tid med tolk", "book_interpreter_day"),
    ],
)
async def test_plain_questions_are_answered(server: RunningServer, text: str, id: str) -> None:
    understood = await understand(server, text)
    assert understood is not None
    assert (understood.verdict, understood.top) == (Verdict.ANSWER, id)
    assert len(understood.vector) == 384


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("miten saan pankkitilin", "bank_account"),
        ("як відкрити рахунок у банку", "bank_account"),
        ("как открыть счет в банке", "bank_account"),
        ("hvordan åbner jeg en bankkonto", "bank_account"),
    ],
)
async def test_languages_without_training_lines_are_understood(
    server: RunningServer, text: str, id: str
) -> None:
    understood = await understand(server, text)
    assert understood is not None
    assert understood.top == id


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "/restart",
        "/",
        "/a{",
        "\x00",
        "\ud800",
        "👋" * 5000,
        "".join(chr(0x1F300 + n) for n in range(300)),
        "a" * 10_000,
        "\u202eevil\u202c",
        "<script>alert(1)</script>",
        "[bank](intent)",
    ],
)
async def test_every_text_gets_a_reply(server: RunningServer, text: str) -> None:
    assert await understand(server, text) is not None


async def test_without_the_token_nothing_is_said(server: RunningServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{server.url}/model/parse", json={"text": "hej"})
    assert reply.status_code == 401
    assert is_ready(server.url, "another token") is False
    assert is_ready(server.url, server.token) is True


def test_what_people_write_is_neither_printed_nor_stored(nlu: dict[str, str]) -> None:
    secret = "hemligheten om Kalle Anka"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        port = free_port()
        process = subprocess.Popen(
            serve_command(model_path(), port=port, token="t"),
            env=rasa_environment(),
            cwd=folder,
            stdout=output,
            stderr=output,
        )
        try:
            _parse_when_ready(f"http://127.0.0.1:{port}", secret)
        finally:
            process.terminate()
            process.wait()
        output.seek(0)
        assert secret.encode() not in output.read()
        assert [path.name for path in Path(folder).rglob("*")] == []


def _parse_when_ready(url: str, text: str) -> None:
    deadline = time.monotonic() + 120
    while not is_ready(url, "t") and time.monotonic() < deadline:
        time.sleep(0.2)
    with httpx.Client(trust_env=False, timeout=60.0) as client:
        client.post(f"{url}/model/parse?token=t", json={"text": text}).raise_for_status()
        client.post(f"{url}/model/parse?token=t", content=b"{broken" + text.encode())


def test_a_broken_model_is_reported_with_what_the_server_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no model")
    with pytest.raises(ServerDidNotStart), running_server(broken):
        pass


def test_a_second_training_finds_nothing_to_do(nlu: dict[str, str]) -> None:
    assert train() is False


def test_a_token_may_begin_like_an_option() -> None:
    assert "--auth-token=-x" in serve_command(Path("model"), port=1, token="-x")


def test_the_server_learns_nothing_from_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    environment = rasa_environment()
    assert "DATABASE_URL" not in environment
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
