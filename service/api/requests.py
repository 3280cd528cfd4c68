"""What requests hold: their fields, limits and examples."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from index.hits import Filters
from index.retriever import QUESTION_LIMIT
from service.engine import Engine

_DATE = r"^([12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)?$"
_WORDS = r"[^\W_]"
_LANGUAGE = r"^[a-z]{2,3}$"
_LANGUAGE_OR_NONE = r"^([a-z]{2,3})?$"
_ADDRESS = r"^(https?://[a-zA-Z0-9][^\s<>\"]*)?$"
PATTERNS = {  # what they mean, for people
    _DATE: "a date as 2024, 2024-11 or 2024-11-04",
    _WORDS: "words",
    _LANGUAGE: "a language code as en",
    _LANGUAGE_OR_NONE: "a language code as en",
    _ADDRESS: "an address that starts with http:// or https://",
}
_EXAMPLE = "What worries them about technology transfer?"


def _number(value: object) -> object:
    """JSON's own numbers alone: pydantic would read "5" and true as numbers too."""
    if isinstance(value, (str, bool)):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


_AS_NUMBER = BeforeValidator(_number)
Offset = Annotated[int, Field(ge=0, le=2**31), _AS_NUMBER]
Language = Annotated[str, Field(pattern=_LANGUAGE_OR_NONE, description="ISO 639; empty for any")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
PartialDate = Annotated[
    str,
    Field(pattern=_DATE, description="2024, 2024-11 or 2024-11-04; empty for any", examples=["2024-11"]),
]
QuestionText = Annotated[
    str,
    Field(
        max_length=QUESTION_LIMIT,
        pattern=_WORDS,
        description="Words, in one line or several.",
        examples=[_EXAMPLE],
    ),
]


class Request(BaseModel):
    """A field that is not known is refused, so that a misspelt filter does not search everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FilterRequest(Request):
    """Which statements are searched: all that pass every filter given."""

    issuers: list[Name] = Field(
        default=[], max_length=100, description="Any name of an issuer: ROK, Seoul, EU"
    )
    statements: list[Name] = Field(default=[], max_length=1000, description="Ids of statements")
    date_from: PartialDate = ""
    date_to: PartialDate = ""
    languages: list[Annotated[str, Field(pattern=_LANGUAGE)]] = Field(default=[], max_length=20)

    def read(self, engine: Engine) -> Filters:
        """The filters as the index knows them."""
        return engine.filters(self.issuers, self.statements, self.date_from, self.date_to, self.languages)


class AnswerRequest(Request):
    """A question."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": _EXAMPLE, "filters": {"issuers": ["EU"]}}]}
    )
    question: QuestionText
    k: Annotated[
        int, Field(ge=1, le=50, description="Passages that the answer is chosen from"), _AS_NUMBER
    ] = 20
    filters: FilterRequest = Field(default_factory=FilterRequest)
    generator: Literal["extractive", "llm"] | None = Field(
        None, description="Who words the answer; null for the language model where there is one"
    )
    stream: bool = Field(False, strict=True, description="Server-sent events, sentence by sentence")


class SearchRequest(Request):
    """What is looked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "technology transfer", "k": 3}]})
    query: QuestionText
    k: Annotated[int, Field(ge=1, le=100, description="Passages wanted"), _AS_NUMBER] = 10
    filters: FilterRequest = Field(default_factory=FilterRequest)


class CitationRequest(BaseModel):
    """A citation to be checked, of ours or of anybody; further fields of a citation are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    statement_id: Name
    quote: str = Field(min_length=1, max_length=20_000)
    version: str = Field("", max_length=64)
    start: Offset | None = None
    end: Offset | None = None


class VerifyRequest(BaseModel):
    """Citations, or a whole answer, whose citations are checked."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "citations": [
                        {
                            "statement_id": "EU-KOR_2024-11-04_dprk-russia",
                            "quote": "We condemn in the strongest possible terms",
                        }
                    ]
                }
            ]
        },
    )
    citations: list[CitationRequest] = Field(min_length=1, max_length=100)


class SpeakerRequest(Request):
    """Who speaks."""

    name: Name
    post: str = Field("", max_length=200)
    issuer: str = Field("", max_length=200)


class StatementRequest(Request):
    """A statement to add; what is not said about it is read from its text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ZEM_2025-01-09_ports",
                    "title": "Statement on ports",
                    "issuers": ["Zembla"],
                    "date": "2025-01-09",
                    "text": "We welcome the opening of the northern ports.",
                }
            ]
        }
    )
    text: str = Field(min_length=1, max_length=5_000_000)
    id: str = Field("", max_length=200, description="One of your own; a sum of the text unless given")
    title: str = Field("", max_length=1000)
    issuers: list[Name] = Field(default=[], max_length=100)
    speakers: list[SpeakerRequest] = Field(default=[], max_length=100)
    date: PartialDate = ""
    kind: str = Field("", max_length=100)
    language: str = Field("", pattern=_LANGUAGE_OR_NONE)
    url: str = Field("", max_length=1000, pattern=_ADDRESS)

    def fields(self) -> dict[str, Any]:
        """Those that say something, as a row of a JSONL file has them."""
        return {name: value for name, value in self.model_dump().items() if value}
