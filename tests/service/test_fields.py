"""Records as JSON, with the names of the API."""

from __future__ import annotations

import json
from dataclasses import replace

from corpus.metadata import Metadata
from corpus.statement import Speaker
from index.hits import Filters
from index.rows import Entry
from service.fields import answer_fields, check_fields, entry_fields, hit_fields, span_of
from service.quotes import Difference
from service.verify import Check, Claim
from tests.service.test_terminal import ANSWER, CITATION, HIT, STATEMENT, TEXT

SPEAKERS = [{"name": "Ada Moor", "post": "Minister", "issuer": "Zembla"}]
HIT_FIELDS = {
    "statement_id": "ports-2024",
    "version": STATEMENT.version,
    "title": "On ports",
    "issuers": ["Zembla"],
    "speakers": SPEAKERS,
    "date": "2024-03",
    "kind": "",
    "url": "",
    "paragraph": 2,
    "start": 9,
    "end": 77,
    "text": TEXT[9:77],
    "score": 0.75,
    "highlights": [{"start": 29, "end": 64}, {"start": 9, "end": 28}, {"start": 65, "end": 77}],
}


def test_a_hit() -> None:
    assert hit_fields(HIT) == HIT_FIELDS


def test_a_hit_stands_where_it_says() -> None:
    inner = replace(HIT, passage=replace(HIT.passage, start=7, end=79))
    start, end = span_of(inner)
    assert (start, end) == (9, 77)
    assert TEXT[start:end] == inner.text == hit_fields(inner)["text"]


def test_the_three_best_sentences_and_no_more() -> None:
    assert hit_fields(replace(HIT, highlights=HIT.highlights * 2))["highlights"] == HIT_FIELDS["highlights"]


def test_an_answer() -> None:
    fields = json.loads(json.dumps(answer_fields(ANSWER)))
    assert list(fields) == [
        *("id", "question", "status", "confidence", "answer", "sentences", "citations", "searched"),
        *("generator", "models", "timings_ms", "notice", "dropped"),
    ]
    assert fields["sentences"] == [{"text": "", "citations": [1], "support": 1.0}]
    assert fields["searched"] == {
        "statements": 1,
        "passages": 3,
        "filters": {
            "issuers": ["Zembla"],
            "statements": [],
            "date_from": "2024",
            "date_to": "",
            "languages": [],
        },
    }
    assert fields["citations"] == [
        {
            "n": 1,
            "statement_id": "ports-2024",
            "version": STATEMENT.version,
            "title": "On ports",
            "issuers": ["Zembla"],
            "speakers": SPEAKERS,
            "date": "2024-03",
            "kind": "",
            "url": "",
            "paragraph": 2,
            "start": 29,
            "end": 64,
            "quote": TEXT[29:64],
            "passage": [9, 79],
        }
    ]


def test_the_nearest_passages_come_only_where_there_is_no_answer() -> None:
    nothing = replace(ANSWER, status="not_found", citations=(), nearest=(HIT,))
    assert answer_fields(nothing)["nearest"] == [HIT_FIELDS]
    assert answer_fields(replace(nothing, nearest=()))["nearest"] == []
    assert "nearest" not in answer_fields(replace(ANSWER, citations=(CITATION,), nearest=(HIT,)))


def test_a_check() -> None:
    claim = Claim("a", "three ships", "v", 0, 11)
    check = Check(claim, "altered", "why", ((0, 9),), Difference(0, "three", "two", "a number"), "w")
    assert check_fields(check) == {
        "statement_id": "a",
        "quote": "three ships",
        "version": "v",
        "start": 0,
        "end": 11,
        "status": "altered",
        "message": "why",
        "spans": ((0, 9),),
        "difference": {"position": 0, "quoted": "three", "original": "two", "reason": "a number"},
        "current_version": "w",
        "is_current": False,
    }


def test_a_statement() -> None:
    entry = Entry("v", "a.txt", Metadata("a", "T", ("Zembla",), (Speaker("Ada"),), "2024", "speech", "en"))
    assert json.loads(json.dumps(entry_fields(entry))) == {
        "id": "a",
        "title": "T",
        "issuers": ["Zembla"],
        "speakers": [{"name": "Ada", "post": "", "issuer": ""}],
        "date": "2024",
        "kind": "speech",
        "language": "en",
        "url": "",
        "version": "v",
        "source": "a.txt",
    }


def test_filters_are_those_of_the_api() -> None:
    assert Filters.__slots__ == ("issuers", "statements", "date_from", "date_to", "languages")
