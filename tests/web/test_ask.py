"""Asking: quotations, silence, filters, permalinks, references, stopping, and what goes wrong."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.serving import KENYA

WATER = "What did Kenya say about water?"
QUOTE = "Water is the right of every child."


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")


def copied(page: Page, button: str) -> str:
    page.get_by_role("button", name=button, exact=True).first.click()
    expect(page.locator(f"[data-label='{button}']").first).to_have_text("Copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_an_example_is_answered_with_quotes_who_and_when(page: Page, base: str) -> None:
    page.goto(base)
    expect(page.locator("#lede")).to_contain_text("4 statements by 5 issuers, 2021 to 2024")
    ask(page, WATER)
    said = page.locator(".said").first
    expect(said.get_by_role("heading")).to_have_text("Amina Otieno (Kenya)")
    expect(said.locator("time")).to_have_text("17 May 2024")
    expect(said.locator(".words").first).to_have_text(QUOTE)
    expect(said.get_by_role("link", name="Source")).to_have_attribute("href", KENYA.url)
    expect(page.locator(".facts")).to_contain_text("Confidence very high")
    expect(page.locator(".facts")).to_contain_text("searched 4 statements")
    expect(page.locator("#live")).to_contain_text(QUOTE)


def test_silence_says_what_was_searched_and_marks_what_is_nearest(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_label("Issuer").first.fill("Kenya")
    page.keyboard.press("Enter")
    ask(page, "Who spoke about debt?")
    silent = page.locator(".silent")
    expect(silent).to_contain_text("Not in the corpus")
    expect(silent).to_contain_text("Questions are understood in English; write it so if yours is not.")
    expect(silent).to_contain_text(
        "1 statement with 1 passage were searched, those that pass the filters: Kenya."
    )
    expect(page.locator(".nearest .tag").first).to_have_text("Does not answer")
    expect(page.locator(".quote")).to_have_count(0)
    silent.get_by_role("button", name="Search without filters").click()
    expect(page.locator(".facts")).to_contain_text("searched 4 statements")


def test_filters_are_sent_shown_and_taken_away(page: Page, base: str) -> None:
    page.goto(base)
    expect(page.locator("#issuers option")).to_have_count(5)
    page.get_by_label("Issuer").first.fill("brazil")
    page.keyboard.press("Enter")
    page.get_by_label("From").first.fill("2023")
    with page.expect_request("**/v1/answers") as asked:
        ask(page, "What about ships?")
    assert json.loads(asked.value.post_data or "")["filters"] == {"issuers": ["Brazil"], "date_from": "2023"}
    expect(page.locator(".facts")).to_contain_text("searched 1 statement, 1 passage (Brazil; from 2023)")
    page.get_by_role("button", name="Remove the filter: issuer Brazil").click()
    expect(page.locator("#chips li")).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("searched 2 statements, 2 passages (from 2023)")
    page.get_by_label("From").first.fill("")
    page.get_by_role("combobox", name="Statement").press_sequentially("lake")
    expect(page.locator("#statement-ids option")).to_have_attribute("value", KENYA.id)
    page.get_by_role("combobox", name="Statement").fill(KENYA.id)
    page.keyboard.press("Enter")
    expect(page.locator("#chips li")).to_have_text(f"{KENYA.id}×")
    ask(page, "What about water?")
    expect(page.locator(".facts")).to_contain_text("searched 1 statement, 1 passage (KEN_2024)")


@pytest.mark.parametrize(
    ("field", "value", "trouble"),
    [
        ("Question", "", "Write a question first."),
        ("Question", " ?! ", "Write a question first."),
        ("From", "May 2024", "From: “May 2024” is not a date"),
    ],
)
def test_what_cannot_be_asked_is_said_before_it_is_sent(
    page: Page, base: str, field: str, value: str, trouble: str
) -> None:
    page.goto(base)
    expect(page.locator("#issuers option")).to_have_count(5)
    page.get_by_label("Question").fill("Who?")
    page.get_by_label(field).first.fill(value)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text(trouble)
    expect(page.locator(".answer")).to_have_count(0)


def test_an_issuer_by_another_name_is_understood_and_shown_as_understood(page: Page, base: str) -> None:
    page.goto(base)
    expect(page.locator("#issuers option")).to_have_count(5)
    page.get_by_label("Issuer").first.fill("Republic of Kenya")
    with page.expect_request("**/v1/answers") as asked:
        ask(page, WATER)
    assert json.loads(asked.value.post_data or "")["filters"] == {"issuers": ["Republic of Kenya"]}
    expect(page.locator("#chips li")).to_have_text("Kenya×")
    expect(page.locator(".words").first).to_have_text(QUOTE)


def test_filters_that_nothing_passes_are_said_to_be_so(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_label("Issuer").first.fill("UK")
    ask(page, WATER)
    expect(page.locator("#chips li")).to_have_text("United Kingdom×")
    expect(page.locator(".silent h3")).to_have_text("No statement passes these filters.")
    expect(page.locator(".silent button")).to_have_text(["Search without filters"])
    expect(page.locator(".answer")).not_to_contain_text("answers this question")
    expect(page.locator(".facts")).not_to_contain_text("Chance")


def test_the_other_mode_asks_again_and_keeps_the_focus(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_label("Passages").check()  # nothing was asked yet
    page.get_by_label("Answer", exact=True).check()
    expect(page.locator(".answer")).to_have_count(0)
    ask(page, WATER)
    page.get_by_label("Passages").check()
    expect(page.locator(".passage mark").first).to_have_text(QUOTE)
    expect(page.get_by_label("Passages")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".words").first).to_have_text(QUOTE)
    expect(page.get_by_label("Answer", exact=True)).to_be_focused()
    page.go_back()
    expect(page.locator(".passage").first).to_be_visible()


def test_a_permalink_asks_again_and_says_whether_the_answer_is_the_same(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_label("From").first.fill("2024")
    ask(page, WATER)
    link = copied(page, "Copy link to this answer")
    found = re.search(r"#q=What\+did\+Kenya\+say\+about\+water%3F&from=2024&id=([0-9a-f]{16})$", link)
    assert found
    assert page.url == link
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".words").first).to_have_text(QUOTE)
    expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".answer .notice")).to_have_count(0)
    page.goto("about:blank")
    page.goto(link.replace(found[1], "0" * 16))
    expect(page.locator(".answer .notice")).to_contain_text("have changed since this link was made")


def test_back_leads_to_the_question_before(page: Page, base: str) -> None:
    page.goto(base)
    ask(page, WATER)
    ask(page, "What about ships?")
    page.go_back()
    expect(page.locator(".asked-question")).to_have_text(WATER)
    expect(page.get_by_label("Question")).to_have_value(WATER)


def test_a_quote_is_copied_as_text_markdown_bibtex_and_link(page: Page, base: str) -> None:
    page.goto(base)
    ask(page, WATER)
    start = KENYA.text.index(QUOTE)
    end = start + len(QUOTE)
    link = f"{base}#s=KEN_2024&v={KENYA.version}&start={start}&end={end}"
    where = f"KEN_2024, version {KENYA.version[:12]}, characters {start}–{end}"
    when = "speech, 17 May 2024"
    assert copied(page, "Link") == link
    plain = copied(page, "Plain")
    assert plain.startswith(f"Amina Otieno (Kenya), “{KENYA.title}”, {when}, para.")
    assert plain.endswith(f": “{QUOTE}” {KENYA.url} ; {link} ({where})")
    markdown = copied(page, "Markdown").splitlines()
    assert markdown[:2] == [f"> {QUOTE}", ">"]
    assert markdown[2].startswith(f"> — Amina Otieno (Kenya), [{KENYA.title}](<{KENYA.url}>), {when}, [para.")
    assert markdown[2].endswith(f"](<{link}>)")
    bibtex = copied(page, "BibTeX").splitlines()
    assert bibtex[:2] == [f"@misc{{KEN-2024-{start},", "  author = {{Amina Otieno}},"]
    assert f"  url = {{{KENYA.url}}}," in bibtex
    assert "  year = {2024}," in bibtex


def test_references_escape_what_their_format_reads(page: Page, base: str) -> None:
    page.goto(base)
    ask(page, "What about ships?")
    assert "*Rules & ships: 100% agreed\\_upon*" in copied(page, "Markdown")
    bibtex = copied(page, "BibTeX")
    assert "title = {{Rules \\& ships: 100\\% agreed\\_upon}}" in bibtex
    assert "author = {{Brazil} and {India}}" in bibtex


def test_where_the_browser_does_not_copy_the_text_is_there_to_be_copied(page: Page, base: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(base)
    ask(page, WATER)
    page.get_by_role("button", name="Link", exact=True).first.click()
    expect(page.get_by_role("dialog").locator("textarea")).to_have_value(re.compile("#s=KEN_2024"))


def test_passages_are_found_with_their_best_sentence_marked(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_label("Passages").check()
    page.get_by_label("Question").fill("water")
    page.get_by_role("button", name="Ask").click()
    first = page.locator(".passage").first
    expect(first.locator("mark")).to_have_text(QUOTE)
    expect(first.locator("blockquote")).to_contain_text("Kenya thanks the host")
    assert "mode=passages" in page.url
