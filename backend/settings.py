"""What differs between two deployments, read from the environment once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRUE = {"1": True, "true": True, "0": False, "false": False, "": False}


class SettingError(ValueError):
    """A setting is missing or cannot be read; the message names it."""


@dataclass(frozen=True)
class Settings:
    database_url: str
    nlu_urls: tuple[str, ...]
    nlu_token: str
    secret_key: str
    public_url: str
    is_demo: bool
    default_municipality: str
    clock_start: datetime | None
    telegram_tokens: Mapping[str, str]
    telegram_secret: str
    telegram_api_url: str
    telegram_polling: bool
    state_folder: Path

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    env = os.environ if env is None else env
    settings = Settings(
        database_url=sqlalchemy_url(_required(env, "APP_DATABASE_URL")),
        nlu_urls=tuple(url for url in env.get("NLU_URLS", "").split(",") if url),
        nlu_token=env.get("NLU_TOKEN", ""),
        secret_key=_required(env, "SECRET_KEY"),
        public_url=env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        is_demo=_flag(env, "DEMO"),
        default_municipality=env.get("DEFAULT_MUNICIPALITY", "lindby"),
        clock_start=_moment(env, "CLOCK"),
        telegram_tokens=_pairs(env, "TELEGRAM_TOKENS"),
        telegram_secret=env.get("TELEGRAM_SECRET", ""),
        telegram_api_url=env.get("TELEGRAM_API_URL", "https://api.telegram.org"),
        telegram_polling=_flag(env, "TELEGRAM_POLLING"),
        state_folder=Path(env.get("STATE_FOLDER", ROOT / ".landa")),
    )
    if len(settings.secret_key) < 32:
        raise SettingError("SECRET_KEY needs at least 32 characters")
    if settings.clock_start and not settings.is_demo:
        raise SettingError("CLOCK moves the time and is accepted only together with DEMO=1")
    if settings.is_demo and settings.is_https:
        raise SettingError("DEMO=1 creates log-ins and is refused when PUBLIC_URL is https")
    if settings.telegram_tokens and not settings.telegram_polling and not settings.telegram_secret:
        raise SettingError("TELEGRAM_SECRET is needed for the webhook (or set TELEGRAM_POLLING=1)")
    return settings


def sqlalchemy_url(url: str) -> str:
    """The same address with the one driver that we use."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise SettingError(f"{name} is not set")
    return value


def _flag(env: Mapping[str, str], name: str) -> bool:
    try:
        return TRUE[env.get(name, "").lower()]
    except KeyError:
        raise SettingError(f"{name} must be 1 or 0") from None


def _moment(env: Mapping[str, str], name: str) -> datetime | None:
    value = env.get(name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise SettingError(
            f"{name} must be a date and time such as 2026-11-27T13:30+01:00"
        ) from None
    if moment.tzinfo is None:
        raise SettingError(f"{name} needs an offset such as +01:00")
    return moment


def _pairs(env: Mapping[str, str], name: str) -> dict[str, str]:
    """`lindby=123:abc,strandby=456:def`"""
    pairs = {}
    for item in filter(None, env.get(name, "").split(",")):
        key, separator, value = item.partition("=")
        if not separator or not value:
            raise SettingError(f"{name} must look like municipality=token,municipality=token")
        pairs[key] = value
    return pairs
