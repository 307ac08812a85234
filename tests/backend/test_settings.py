"""Settings are read once, and what is wrong with them is said by name."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from backend.settings import ROOT, SettingError, Settings, read_settings, sqlalchemy_url

NEEDED = {
    "APP_DATABASE_URL": "postgresql://landa_app:secret@127.0.0.1:5432/landa",
    "SECRET_KEY": "k" * 32,
}


def read(**changed: str) -> Settings:
    return read_settings(NEEDED | changed)


def test_two_settings_are_enough() -> None:
    assert read() == Settings(
        database_url="postgresql+psycopg://landa_app:secret@127.0.0.1:5432/landa",
        nlu_urls=(),
        nlu_token="",
        secret_key="k" * 32,
        public_url="http://127.0.0.1:8000",
        is_demo=False,
        default_municipality="lindby",
        clock_start=None,
        telegram_tokens={},
        telegram_secret="",
        telegram_api_url="https://api.telegram.org",
        telegram_polling=False,
        state_folder=ROOT / ".landa",
    )


@pytest.mark.parametrize("name", ["APP_DATABASE_URL", "SECRET_KEY"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(name: str, value: str | None) -> None:
    given = {key: text for key, text in NEEDED.items() if key != name}
    if value is not None:
        given[name] = value
    with pytest.raises(SettingError, match=rf"^{name} is not set$"):
        read_settings(given)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(SettingError, match="SECRET_KEY needs at least 32 characters"):
        read(SECRET_KEY="k" * 31)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://a/b", "postgresql+psycopg://a/b"),
        ("postgres://a/b", "postgresql+psycopg://a/b"),
        ("postgresql+psycopg://a/b", "postgresql+psycopg://a/b"),
    ],
)
def test_the_database_is_reached_by_one_driver(url: str, expected: str) -> None:
    assert sqlalchemy_url(url) == expected


def test_several_recognisers_are_separated_by_commas() -> None:
    assert read(NLU_URLS="http://a:5005,http://b:5005,").nlu_urls == (
        "http://a:5005",
        "http://b:5005",
    )


def test_the_public_address_has_no_slash_at_its_end() -> None:
    settings = read(PUBLIC_URL="https://landa.example/")
    assert (settings.public_url, settings.is_https) == ("https://landa.example", True)
    assert read(PUBLIC_URL="http://landa.example").is_https is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("true", True), ("True", True), ("0", False), ("false", False), ("", False)],
)
def test_a_switch_is_on_or_off(value: str, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert read(DEMO=value).is_demo is expected


def test_another_value_of_a_switch_is_refused() -> None:
    with pytest.raises(SettingError, match=r"^DEMO must be 1 or 0$"):
        read(DEMO="yes")


def test_demo_log_ins_are_refused_behind_https() -> None:
    with pytest.raises(SettingError, match="DEMO=1 creates log-ins"):
        read(DEMO="1", PUBLIC_URL="https://landa.example")


def test_the_clock_moves_only_in_the_demo() -> None:
    expected = datetime(2026, 11, 27, 13, 30, tzinfo=timezone(timedelta(hours=1)))
    assert read(DEMO="1", CLOCK="2026-11-27T13:30+01:00").clock_start == expected
    with pytest.raises(SettingError, match="CLOCK moves the time"):
        read(CLOCK="2026-11-27T13:30+01:00")


@pytest.mark.parametrize(
    ("value", "problem"),
    [("soon", "must be a date and time"), ("2026-11-27T13:30", "needs an offset")],
)
def test_a_clock_that_cannot_be_read_is_named(value: str, problem: str) -> None:
    with pytest.raises(SettingError, match=f"^CLOCK {problem}"):
        read(DEMO="1", CLOCK=value)


def test_each_municipality_has_its_telegram_token() -> None:
    settings = read(TELEGRAM_TOKENS="lindby=123:abc,strandby=456:d=f", TELEGRAM_POLLING="1")
    assert settings.telegram_tokens == {"lindby": "123:abc", "strandby": "456:d=f"}


@pytest.mark.parametrize("value", ["123:abc", "lindby=", "lindby=1,456:def"])
def test_a_telegram_token_without_its_municipality_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match=r"^TELEGRAM_TOKENS must look like"):
        read(TELEGRAM_TOKENS=value, TELEGRAM_POLLING="1")


def test_the_webhook_needs_its_secret() -> None:
    with pytest.raises(SettingError, match=r"^TELEGRAM_SECRET is needed"):
        read(TELEGRAM_TOKENS="lindby=123:abc")
    assert read(TELEGRAM_TOKENS="lindby=123:abc", TELEGRAM_SECRET="s").telegram_secret == "s"


def test_no_message_repeats_a_secret() -> None:
    with pytest.raises(SettingError) as refusal:
        read(TELEGRAM_TOKENS="lindby=123:abc", SECRET_KEY="short secret")
    assert "short secret" not in str(refusal.value)
    assert "123:abc" not in str(refusal.value)


def test_state_may_lie_elsewhere() -> None:
    assert read(STATE_FOLDER="/srv/landa").state_folder == Path("/srv/landa")


def test_without_an_argument_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DEFAULT_MUNICIPALITY", "saarela")
    assert read_settings().default_municipality == "saarela"
