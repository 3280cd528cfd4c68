"""The settings of a run: one record, read from the environment once, at a door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.encoder import PACKAGED, ModelSettings
from service.llm.generator import LLMSettings

_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the doors that listen.

    read_keys    COMMUNIQUE_READ_KEYS, separated by commas: may ask, search, read and verify
    write_keys   COMMUNIQUE_WRITE_KEYS: may also add and remove
    public_read  COMMUNIQUE_PUBLIC_READ=1: reading needs no key although there are some
    hosts        COMMUNIQUE_HOSTS: the names the service is reached by; any, unless set or without keys
    rate         COMMUNIQUE_RATE: requests a minute for each key, or each address without one; 0 for no limit
    """

    read_keys: tuple[str, ...] = field(default=(), repr=False)
    write_keys: tuple[str, ...] = field(default=(), repr=False)
    public_read: bool = False
    hosts: tuple[str, ...] = ()
    rate: int = 600

    @property
    def has_keys(self) -> bool:
        """Whether any key is set."""
        return bool(self.read_keys or self.write_keys)

    def needs_key(self, is_write: bool) -> bool:
        """Whether a request that reads or writes needs a key."""
        return self.has_keys and (is_write or not self.public_read)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a request may bring and how long it may take.

    body_bytes    of a request other than an addition
    upload_bytes  COMMUNIQUE_UPLOAD_MB, of an addition, all its files together
    upload_files  files of an addition
    seconds       COMMUNIQUE_TIMEOUT, until a request is given up
    """

    body_bytes: int = 1 << 20
    upload_bytes: int = 50 << 20
    upload_files: int = 100
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data lies, which models are used, and what the doors that listen allow.

    data           COMMUNIQUE_DATA, a folder; ./.communique unless set
    issuers        COMMUNIQUE_ISSUERS, a CSV of further issuers and aliases, in the form of corpus/issuers.csv
    model          COMMUNIQUE_MODEL, COMMUNIQUE_QUERY_PROMPT and COMMUNIQUE_PASSAGE_PROMPT
    llm            COMMUNIQUE_LLM_URL, _MODEL, _KEY and _TIMEOUT (seconds): any OpenAI-compatible server
    log_questions  COMMUNIQUE_LOG_QUESTIONS=1: questions are logged; otherwise never
    """

    data: Path = Path(".communique")
    issuers: Path | None = None
    model: ModelSettings = field(default_factory=ModelSettings)
    llm: LLMSettings | None = None
    access: Access = Access()
    limits: Limits = Limits()
    log_questions: bool = False


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; a variable that is not set, or empty, has its default.

    Raises ValueError naming the variable, what was found and what is accepted.
    """
    known = {name: value for name, value in environment.items() if value}
    issuers = known.get("COMMUNIQUE_ISSUERS")
    return Settings(
        data=Path(known.get("COMMUNIQUE_DATA", ".communique")),
        issuers=Path(issuers) if issuers else None,
        model=ModelSettings(
            known.get("COMMUNIQUE_MODEL", PACKAGED),
            known.get("COMMUNIQUE_QUERY_PROMPT", ""),
            known.get("COMMUNIQUE_PASSAGE_PROMPT", ""),
        ),
        llm=_llm(known),
        access=Access(
            _keys(known, "COMMUNIQUE_READ_KEYS"),
            _keys(known, "COMMUNIQUE_WRITE_KEYS"),
            _flag(known, "COMMUNIQUE_PUBLIC_READ"),
            tuple(host.lower() for host in _listed(known, "COMMUNIQUE_HOSTS")),
            int(_number(known, "COMMUNIQUE_RATE", Access().rate, least=0)),
        ),
        limits=Limits(
            upload_bytes=int(_number(known, "COMMUNIQUE_UPLOAD_MB", 50) * (1 << 20)),
            seconds=_number(known, "COMMUNIQUE_TIMEOUT", Limits().seconds),
        ),
        log_questions=_flag(known, "COMMUNIQUE_LOG_QUESTIONS"),
    )


def _llm(known: Mapping[str, str]) -> LLMSettings | None:
    url, model = known.get("COMMUNIQUE_LLM_URL", ""), known.get("COMMUNIQUE_LLM_MODEL", "")
    if not url and not model:
        return None
    if not url.startswith(("http://", "https://")) or not model:
        raise ValueError(
            f"COMMUNIQUE_LLM_URL is {url!r} and COMMUNIQUE_LLM_MODEL {model!r};"
            " expected an http address that ends before /chat/completions, and the name of a model there"
        )
    timeout = _number(known, "COMMUNIQUE_LLM_TIMEOUT", 30)
    return LLMSettings(url, model, known.get("COMMUNIQUE_LLM_KEY", ""), timeout)


def _keys(known: Mapping[str, str], name: str) -> tuple[str, ...]:
    keys = _listed(known, name)
    for place, key in enumerate(keys, 1):
        if len(key) < _SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError(
                f"{name}: key {place} of {len(keys)} has {len(key)} characters; expected at least"
                f" {_SHORTEST_KEY} ASCII characters without spaces: openssl rand -hex 24"
            )
    return keys


def _listed(known: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in known.get(name, "").split(",") if part.strip())


def _flag(known: Mapping[str, str], name: str) -> bool:
    value = known.get(name, "0").strip().lower()
    if value not in ("0", "1", "false", "true", "no", "yes"):
        raise ValueError(f"{name} is {value!r}; expected 1 or 0")
    return value in ("1", "true", "yes")


def _number(known: Mapping[str, str], name: str, default: float, least: float = 0.001) -> float:
    value = known.get(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not least <= number <= 1e6:
        raise ValueError(f"{name} is {value!r}; expected a number from {least:g} to 1000000")
    return number
