"""A language model that writes: what the service needs of one, and any OpenAI-compatible server behind it."""

from __future__ import annotations

import time
from collections import abc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError, Stream
    from openai.types.chat import ChatCompletionChunk

_CONNECT = 5.0  # seconds
_TOKENS = 700  # about 25 sentences: more than any answer needs
_CHARACTERS = 20_000  # for a server that knows no limit of tokens
_PAUSES = (0.5, 1.0)  # seconds before another attempt, where the server is busy or fails
# The client takes more headers from the environment; settings alone are to decide what is sent.
_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection"),
        *("content-length", "content-type", "host", "user-agent"),
    }
)


class GeneratorError(RuntimeError):
    """The language model is away, slow, refuses or breaks off; one line for people, without the key."""


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """An OpenAI-compatible server: its address up to "/v1", the name of the model, and a key if it wants one.

    `timeout`: the seconds after which no more text is taken, and the longest silence, so that at worst twice
    as many pass. ValueError for an address that is not of http or https.
    """

    base_url: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 30.0

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(
                f"the address of the language model is {self.base_url!r}; expected http://… or https://…"
            )
        if not self.timeout > 0:
            raise ValueError(
                f"the timeout of the language model is {self.timeout}; expected more than 0 seconds"
            )


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Generator(Protocol):
    """What the service needs of a language model."""

    @property
    def name(self) -> str:
        """Which model it is, as answers name it."""

    def write(self, messages: Sequence[Message]) -> abc.Generator[str, None, None]:
        """The next turn, in pieces as they come; closing the iterator stops the work.

        GeneratorError at any piece; what came before it is then not the whole text.
        """


def open_generator(settings: LLMSettings) -> Generator:
    """The model of a server; nothing is sent before `write`."""
    return OpenAIGenerator(settings)


class OpenAIGenerator:
    """A Generator over the OpenAI chat protocol; threads may share it.

    Where the server is busy (429) or fails (5xx) before the first piece, it is asked again after each of
    `pauses`, or as much later as it says itself, within the timeout. Redirects are not followed.
    """

    def __init__(self, settings: LLMSettings, pauses: Sequence[float] = _PAUSES) -> None:
        import openai  # noqa: PLC0415  (slow to import: paid by those who have a language model)

        self.name = settings.model
        self._settings = settings
        self._pauses = tuple(pauses)
        self._client = openai.OpenAI(
            base_url=settings.base_url,
            api_key=settings.key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            max_retries=0,
            http_client=openai.DefaultHttpxClient(
                trust_env=False,
                follow_redirects=False,
                headers={"connection": "close"},
                event_hooks={"request": [self._send_only_ours]},
            ),
        )

    def write(self, messages: Sequence[Message]) -> abc.Generator[str, None, None]:
        """See Generator."""
        deadline = time.monotonic() + self._settings.timeout
        with _explained("cannot be reached"):
            stream = self._opened(messages, deadline)
        with stream, _explained("broke off"):
            yield from _pieces(stream, deadline)

    def _opened(self, messages: Sequence[Message], deadline: float) -> Stream[ChatCompletionChunk]:
        """The stream of the first attempt that is not refused for now."""
        import openai  # noqa: PLC0415

        options: dict[str, Any] = {"temperature": 0, "max_tokens": _TOKENS}
        pauses = list(self._pauses)
        while True:
            try:
                return self._asked(messages, options, deadline)
            except openai.BadRequestError as error:
                # Some models of OpenAI's own refuse these two.
                if error.param not in options:
                    raise
                del options[error.param]
                if error.param == "max_tokens":
                    options["max_completion_tokens"] = _TOKENS
            except (openai.RateLimitError, openai.InternalServerError) as error:
                pause = max(pauses.pop(0), _retry_after(error)) if pauses else None
                if pause is None or time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause)

    def _asked(
        self, messages: Sequence[Message], options: dict[str, Any], deadline: float
    ) -> Stream[ChatCompletionChunk]:
        import openai  # noqa: PLC0415

        left = max(0.001, deadline - time.monotonic())
        turns: Any = [asdict(message) for message in messages]
        return self._client.chat.completions.create(
            model=self.name,
            messages=turns,
            stream=True,
            timeout=openai.Timeout(left, connect=min(_CONNECT, left)),
            extra_body=options,
        )

    def _send_only_ours(self, request: httpx2.Request) -> None:
        for name in set(request.headers) - _HEADERS:
            del request.headers[name]
        request.headers["authorization"] = f"Bearer {self._settings.key}"
        if not self._settings.key:
            del request.headers["authorization"]


@contextmanager
def _explained(unreached: str) -> Iterator[None]:
    """What the client raises as GeneratorError; what the server says may repeat the key and is left out."""
    import openai  # noqa: PLC0415

    try:
        yield
    except openai.APITimeoutError:
        raise GeneratorError("the language model did not answer in time") from None
    except openai.APIConnectionError:
        raise GeneratorError(f"the language model {unreached}") from None
    except openai.APIStatusError as error:
        raise GeneratorError(_refusal(error.status_code)) from None
    except (openai.OpenAIError, ValueError, TypeError, AttributeError):  # no JSON, or other than expected
        raise GeneratorError("the language model did not keep to the protocol") from None


def _pieces(stream: Stream[ChatCompletionChunk], deadline: float) -> Iterator[str]:
    """The text of a stream; GeneratorError unless it ends as the model meant it to."""
    ended, characters = "", 0
    _hold_to(stream, deadline)
    for chunk in stream:
        for choice in chunk.choices[:1]:
            ended = choice.finish_reason or ended
            if text := choice.delta.content:
                characters += len(text)
                if characters > _CHARACTERS:
                    raise GeneratorError("the language model wrote without end")
                yield text
    if ended != "stop":
        raise GeneratorError("the language model broke off")


def _hold_to(stream: Stream[ChatCompletionChunk], deadline: float) -> None:
    """Also where a server sends nothing but comments, which are no chunks and keep the connection awake."""
    receive = stream.response.iter_bytes

    def in_time(*of: Any, **more: Any) -> Iterator[bytes]:  # noqa: ANN401  (as httpx2 has it)
        for part in receive(*of, **more):
            if time.monotonic() > deadline:
                raise GeneratorError("the language model did not finish in time")
            yield part

    stream.response.iter_bytes = in_time  # type: ignore[method-assign]


def _refusal(code: int) -> str:
    reasons = {
        401: "refused the key",
        403: "refused the key",
        404: "is not known at its address",
        429: "is too busy",
    }
    return f"the language model {reasons.get(code, 'failed' if code >= 500 else 'refused')} (HTTP {code})"


def _retry_after(error: APIStatusError) -> float:
    """Seconds; 0 where the server does not say, or gives a date."""
    try:
        return float(error.response.headers.get("retry-after", 0))
    except ValueError:
        return 0.0
