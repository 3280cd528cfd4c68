"""What OpenAI's clients send and read, as far as it means something here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from service.fields import AnswerFields


class ContentPart(BaseModel):
    """A part of a message; those that are not text are refused."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["text", "input_text"]
    text: str = Field(max_length=100_000)


class ChatMessage(BaseModel):
    """A turn of a conversation."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: (
        Annotated[str, Field(max_length=100_000)] | Annotated[list[ContentPart], Field(max_length=100)] | None
    ) = None

    @property
    def text(self) -> str:
        """What is said."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """As in OpenAI's API; what is not named here, like a temperature, is passed over."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": "communique",
                    "messages": [{"role": "user", "content": "What worries them about technology transfer?"}],
                }
            ]
        },
    )
    model: str = Field("communique", max_length=100)
    messages: list[ChatMessage] = Field(min_length=1, max_length=200)
    stream: bool = Field(False, strict=True)


class UrlCitation(TypedDict):
    """Where the mark of a citation stands in the content, and where the quote can be read."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(TypedDict):
    """A citation as OpenAI clients know them."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class AssistantMessage(TypedDict):
    """The answer with its marks, the sources below it, and an annotation for each mark."""

    role: Literal["assistant"]
    content: str
    annotations: list[Annotation]


class Choice(TypedDict):
    """There is always one."""

    index: int
    message: AssistantMessage
    finish_reason: Literal["stop"]


class Usage(TypedDict):
    """Nothing is counted here: zeros, which clients expect."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(TypedDict):
    """A completion; `communique` is the whole answer as POST /v1/answers gives it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    communique: AnswerFields


class Model(TypedDict):
    """A way to have answers worded."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(TypedDict):
    """As in OpenAI's API."""

    object: Literal["list"]
    data: list[Model]
