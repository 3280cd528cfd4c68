"""The reading pane and the keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.serving import AFTER, BEFORE, JOINT, KENYA
from tests.web.test_ask import QUOTE, WATER, ask


def test_a_mark_opens_the_statement_at_the_quoted_words(page: Page, base: str) -> None:
    page.goto(base)
    ask(page, WATER)
    page.locator(".mark").first.click()
    reader = page.get_by_role("complementary")
    expect(reader.locator("mark.here")).to_have_text(QUOTE)
    expect(reader.locator("mark.here")).to_be_in_viewport()
    expect(reader.locator(".paragraph.cited .number")).to_have_text("2")
    expect(reader.locator("#reader-place")).to_have_text("paragraph 2")
    expect(reader.locator(".paragraph")).to_have_count(3)
    expect(reader.get_by_role("heading")).to_have_text(KENYA.title)
    expect(reader.get_by_role("heading")).to_be_focused()
    about = "Amina Otieno (Kenya) · Minister for the Lake · 17 May 2024 · speech"
    expect(reader.locator("#reader-about")).to_contain_text(about)
    expect(page.locator(".quote.current")).to_have_count(1)


def test_keys_ask_step_and_close_and_the_focus_comes_back(page: Page, base: str) -> None:
    page.goto(base)
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    expect(page.get_by_label("Question")).to_be_focused()
    page.keyboard.type("Which states spoke about trade and ships?")
    page.keyboard.press("Enter")
    expect(page.locator(".mark")).to_have_count(2)
    first, second = [AFTER.text], JOINT.text.split("\n")  # a quote over two paragraphs is marked in both
    page.locator(".wordmark").focus()
    page.keyboard.press("n")
    expect(page.locator("mark.here")).to_have_text(first)
    page.keyboard.press("ArrowRight")
    expect(page.locator("mark.here")).to_have_text(second)
    page.keyboard.press("n")  # there is no third
    expect(page.locator("mark.here")).to_have_text(second)
    page.keyboard.press("p")
    expect(page.locator("mark.here")).to_have_text(first)
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(page.locator(".mark").first).to_be_focused()


def test_back_closes_the_pane_and_keeps_the_answer(page: Page, base: str) -> None:
    page.goto(base)
    ask(page, WATER)
    address = page.url
    page.locator(".mark").first.click()
    expect(page.locator("mark.here")).to_have_text(QUOTE)
    page.go_back()
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(page.locator(".words").first).to_have_text(QUOTE)
    assert page.url == address


def test_a_link_to_a_quote_opens_it_by_itself(page: Page, base: str) -> None:
    start = JOINT.text.index("Ships")
    page.goto(f"{base}#s={JOINT.id}&v={JOINT.version}&start={start}&end={start + 5}")
    expect(page.locator("mark.here")).to_have_text("Ships")
    expect(page.locator("#reader-version")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(page.locator("#examples")).to_be_visible()


def test_an_earlier_version_is_shown_as_cited_and_says_so(page: Page, base: str) -> None:
    start = BEFORE.text.index("Norway is alarmed")
    page.goto(f"{base}#s={BEFORE.id}&v={BEFORE.version}&start={start}&end={start + 17}")
    expect(page.locator("mark.here")).to_have_text("Norway is alarmed")
    expect(page.locator("#reader-version")).to_contain_text("the statement has been changed since")
    page.get_by_role("button", name="Read the current text").click()
    expect(page.locator("#reader-version")).to_contain_text("it no longer says the words that were cited")
    expect(page.locator("#reader-text")).to_contain_text(AFTER.text)


def test_words_that_a_newer_version_still_says_are_found_there(page: Page, base: str) -> None:
    start = BEFORE.text.index("trade in ice")
    page.goto(f"{base}#s={BEFORE.id}&v={BEFORE.version}&start={start}&end={start + 12}")
    page.get_by_role("button", name="Read the current text").click()
    expect(page.locator("#reader-version")).to_contain_text("it still says the words that were cited")
    expect(page.locator("mark.here")).to_have_text("trade in ice")
    expect(page.locator("#reader-text")).to_have_text(AFTER.text.join(["1", ""]))


def test_a_removed_statement_is_said_to_be_gone(page: Page, base: str) -> None:
    page.goto(f"{base}#s=GONE_1999&start=1&end=4")
    expect(page.locator("#reader-text")).to_contain_text("This statement was removed")


def test_a_place_that_is_not_in_the_text_is_said_to_be_none(page: Page, base: str) -> None:
    page.goto(f"{base}#s={JOINT.id}&v={JOINT.version}&start=100000&end=100005")
    expect(page.locator("#reader-version")).to_have_text("The place that this link names is not in the text.")
    page.goto(f"{base}#s={JOINT.id}&v={JOINT.version}&start=x&end=-1")
    expect(page.locator("mark.here")).to_have_count(0)
    expect(page.locator("#reader-text")).to_contain_text("Brazil and India welcome")
