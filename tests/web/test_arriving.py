"""Answers as they arrive: written by a model, given up, broken off, refused, stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.serving import KENYA
from tests.web.test_ask import QUOTE, WATER, ask


def events(*pairs: tuple[str, Any]) -> str:
    return "".join(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n" for name, data in pairs)


START = KENYA.text.index(QUOTE)
CITATION = {
    "n": 1,
    "statement_id": KENYA.id,
    "version": KENYA.version,
    "title": KENYA.title,
    "issuers": ["Kenya"],
    "speakers": [],
    "date": "2024",
    "kind": "speech",
    "url": "",
    "paragraph": 2,
    "start": START,
    "end": START + len(QUOTE),
    "quote": QUOTE,
}
SEARCHED = {"question": WATER, "searched": {"statements": 4, "passages": 4, "filters": {}}}
WRITTEN = {"text": "Kenya calls water a right [1].", "citations": [1], "support": 0.83}
SENTENCE = {"sentence": WRITTEN, "citations": [CITATION]}
ANSWER = {
    **SEARCHED,
    "id": "a" * 16,
    "status": "answered",
    "confidence": 0.7,
    "sentences": [WRITTEN],
    "citations": [CITATION],
    "generator": "llm",
    "models": {"llm": "tiny"},
    "timings_ms": {},
    "notice": "The model was slow.",
    "dropped": [{"reasons": [{"check": "number", "detail": "the number “5” is not in the evidence"}]}],
}


def reply(page: Page, body: str, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body, headers={"Content-Type": kind, **headers})

    page.route("**/v1/answers", answer)


def test_what_a_model_wrote_stands_above_the_quotes_that_bear_it_out(page: Page, base: str) -> None:
    reply(page, events(("searched", SEARCHED), ("sentence", SENTENCE), ("answer", ANSWER)))
    page.goto(base)
    ask(page, WATER)
    expect(page.locator(".written > p")).to_have_text("Kenya calls water a right [1].")
    expect(page.locator(".written .words")).to_have_text(QUOTE)
    expect(page.locator(".answer .notice").first).to_have_text("The model was slow.")
    expect(page.locator(".answer .notice").last).to_contain_text("1 sentence the model wrote was dropped:")
    expect(page.locator(".notice li")).to_have_text("the number “5” is not in the evidence")
    expect(page.locator(".facts")).to_contain_text("Confidence fair (70\u202f%)")
    page.locator(".written > p .mark").click()
    expect(page.locator("mark.here")).to_have_text(QUOTE)


def test_the_whole_answer_replaces_sentences_that_were_given_up(page: Page, base: str) -> None:
    given_up = SENTENCE | {"sentence": WRITTEN | {"text": "Given up [1]."}}
    reply(page, events(("sentence", given_up), ("answer", ANSWER)))
    page.goto(base)
    ask(page, WATER)
    expect(page.locator(".written > p")).to_have_text("Kenya calls water a right [1].")


PROBLEM = {"type": "about:blank", "title": "x", "detail": "60 a minute", "status": 429}


def test_trouble_is_said_in_plain_words_and_can_be_tried_again(page: Page, base: str) -> None:
    reply(page, json.dumps(PROBLEM), 429, "application/problem+json", **{"Retry-After": "7"})
    page.goto(base)
    ask(page, WATER)
    expect(page.locator(".trouble")).to_contain_text("Too many requests. Try again in 7 seconds.")
    expect(page.locator(".trouble")).to_contain_text("60 a minute")
    page.unroute("**/v1/answers")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".words").first).to_have_text(QUOTE)


@pytest.mark.parametrize(
    ("body", "status", "kind", "said"),
    [
        (
            events(("problem", PROBLEM | {"status": 504})),
            200,
            "text/event-stream",
            "The answer took too long.",
        ),
        ("<html>Bad gateway", 503, "text/html", "The service is busy or starting."),
        (events(("searched", SEARCHED)), 200, "text/event-stream", "broke off"),
        ("event: answer\ndata: {broken\n\n", 200, "text/event-stream", "cannot be reached"),
    ],
)
def test_broken_replies_are_trouble_too(
    page: Page, base: str, body: str, status: int, kind: str, said: str
) -> None:
    reply(page, body, status, kind)
    page.goto(base)
    ask(page, WATER)
    expect(page.locator(".trouble")).to_contain_text(said)


def test_a_server_that_is_away(page: Page, base: str) -> None:
    page.goto(base)
    page.route("**/v1/answers", lambda route: route.abort())
    ask(page, WATER)
    expect(page.locator(".trouble")).to_contain_text("The service cannot be reached.")


@pytest.mark.parametrize("detail", ["", "the question is odd"])
def test_what_is_not_accepted_is_said_once_and_not_tried_again(page: Page, base: str, detail: str) -> None:
    errors = [{"where": "question", "message": "too odd"}]
    problem = PROBLEM | {"status": 422, "detail": detail, "errors": errors}
    reply(page, json.dumps(problem), 422, "application/problem+json")
    page.goto(base)
    ask(page, WATER)
    expect(page.locator(".trouble .small")).to_have_text([detail or "question: too odd"])
    expect(page.locator(".trouble button")).to_have_count(0)


SLOW = """
const real = window.fetch;
window.fetch = (path, options) => path !== "v1/answers" ? real(path, options) : Promise.resolve(new Response(
  new ReadableStream({start(stream) {
    stream.enqueue(new TextEncoder().encode(%s));
    options.signal.addEventListener("abort", () => stream.error(options.signal.reason));
  }})));
"""


def test_stop_keeps_what_has_arrived(page: Page, base: str) -> None:
    page.add_init_script(SLOW % json.dumps(events(("searched", SEARCHED), ("sentence", SENTENCE))))
    page.goto(base)
    page.get_by_label("Question").fill(WATER)
    page.keyboard.press("Enter")
    expect(page.locator(".written > p")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".answer .notice p")).to_have_text(
        "Stopped. What had arrived is shown, and was checked."
    )
    expect(page.locator(".written > p")).to_be_visible()


def test_stop_gives_up_and_a_new_question_replaces_the_old(page: Page, base: str) -> None:
    page.goto(base)
    page.route("**/v1/answers", lambda route: None)  # never answered
    page.get_by_label("Question").fill("Slow?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".answer .notice p")).to_have_text("Stopped.")
    page.keyboard.press("Enter")  # the focus is back in the box
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.unroute("**/v1/answers")
    ask(page, WATER)
    expect(page.locator(".words").first).to_have_text(QUOTE)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
