"""The list of statements: finding, adding, removing, and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from service.settings import Access
from tests.web.serving import KENYA, serving

KEY = "a-key-for-writing-0123"
READ_KEY = "a-key-for-reading-0123"
LOCKED = Access(read_keys=(READ_KEY,), write_keys=(KEY,), public_read=True, rate=0)


def test_the_list_is_filtered_and_opens_statements(page: Page, base: str) -> None:
    page.goto(f"{base}#view=statements")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_role("searchbox").fill("otieno lake")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".facts")).to_have_text("1–1 of 1 statement")
    page.get_by_role("link", name=KENYA.title).click()
    expect(page.locator("#reader-text")).to_contain_text("We are concerned that wells run dry.")
    expect(page.locator("mark")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=KENYA.title)).to_be_focused()
    page.get_by_label("Issuer").last.fill("Republic of Kenya")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.locator("#list")).to_contain_text("No statement matches.")


def write_files(folder: Path) -> list[Path]:
    files = {
        "FJI_2024.txt": "Fiji speaks of debt and of reefs.",
        "broken.pdf": "%PDF-1.4 nonsense",
        "table.xlsx": "no table",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return [folder / name for name in files]


def test_files_are_added_each_with_its_outcome_and_can_be_asked(
    page: Page, own_base: str, tmp_path: Path
) -> None:
    page.goto(f"{own_base}#view=statements")
    expect(page.locator("#upload-help")).to_contain_text("txt, ")
    page.get_by_label("Choose files").set_input_files(write_files(tmp_path))
    batch = page.locator(".batch")
    expect(batch.locator(".batch-head")).to_have_text("1 added, 2 failed")
    outcomes = dict(zip(["table.xlsx", "broken.pdf", "FJI_2024.txt"], batch.locator("li").all(), strict=True))
    for name, item in outcomes.items():
        expect(item).to_contain_text(name)
    expect(outcomes["table.xlsx"]).to_contain_text("this kind of file is not read; accepted are .txt")
    expect(outcomes["broken.pdf"]).to_contain_text("no PDF file, or a damaged one")
    expect(outcomes["FJI_2024.txt"]).to_contain_text("1 passage")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.goto(f"{own_base}#q=Who+speaks+of+debt%3F")
    expect(page.locator(".words").first).to_have_text("Fiji speaks of debt and of reefs.")


def test_dropped_files_are_added_too(page: Page, own_base: str) -> None:
    page.goto(f"{own_base}#view=statements")
    expect(page.locator("#upload-help")).to_contain_text("txt, ")
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["Tonga speaks of ships."], "TON_2024.txt"));
            return transfer;
        }"""
    )
    page.dispatch_event("#upload", "drop", {"dataTransfer": transfer})
    expect(page.locator(".batch-head")).to_have_text("1 added")


def test_an_upload_is_followed_again_after_a_reload(page: Page, own_base: str) -> None:
    job = {"id": "a" * 32, "status": "running", "progress": 0.25, "outcomes": [], "error": ""}

    def answer(route: Route) -> None:
        route.fulfill(json=job)

    page.route("**/v1/jobs/*", answer)
    page.goto(f"{own_base}#view=statements")
    page.evaluate("id => sessionStorage.setItem('communique.jobs', JSON.stringify([id]))", job["id"])
    page.reload()
    expect(page.locator(".batch-head")).to_contain_text("Reading and indexing, 25 %")
    job |= {"status": "done", "outcomes": [{"status": "added", "source": "x.txt", "statement_id": "x"}]}
    expect(page.locator(".batch-head")).to_have_text("1 added")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_job_is_remembered_while_it_is_not_finished(page: Page, own_base: str, tmp_path: Path) -> None:
    job = {"id": "b" * 32, "status": "queued", "progress": 0, "outcomes": [], "error": ""}

    def answer(route: Route) -> None:
        route.fulfill(status=202, json=job) if route.request.method == "POST" else route.fallback()

    page.route("**/v1/statements", answer)
    page.goto(f"{own_base}#view=statements")
    expect(page.locator("#upload-help")).to_contain_text("txt, ")
    page.get_by_label("Choose files").set_input_files(write_files(tmp_path)[:1])
    expect(page.locator(".batch .trouble")).to_contain_text("That is not here.")  # the job is unknown
    assert page.evaluate("sessionStorage.length") == 0
    page.route("**/v1/jobs/*", lambda route: route.fulfill(json=job))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".batch-head")).to_contain_text("Waiting to be read…")
    assert page.evaluate("sessionStorage.getItem('communique.jobs')") == f'["{job["id"]}"]'
    page.evaluate("sessionStorage.clear()")


def test_removal_asks_first_and_takes_effect_at_once(page: Page, own_base: str) -> None:
    page.goto(f"{own_base}#view=statements")
    remove = page.get_by_role("button", name=f"Remove {KENYA.title}")
    remove.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(KENYA.title)
    page.keyboard.press("Escape")
    expect(remove).to_be_visible()
    remove.click()
    dialog.get_by_role("button", name="Remove").click()
    expect(remove).to_have_count(0)
    page.goto(f"{own_base}#q=What+about+water%3F")
    expect(page.locator(".silent")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("the right of every child")


@pytest.fixture(scope="module")
def locked_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("locked"), LOCKED) as address:
        yield address


def test_where_a_key_is_needed_it_is_asked_for_and_kept_for_the_tab(page: Page, locked_base: str) -> None:
    page.goto(f"{locked_base}#view=statements")
    page.get_by_role("button", name=f"Remove {KENYA.title}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog", name="A key is needed")
    dialog.get_by_label("Key").fill("a-wrong-key-0123456789")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("The key given before was not accepted")
    dialog.get_by_label("Key").fill(READ_KEY)
    page.keyboard.press("Enter")
    expect(page.locator(".trouble")).to_contain_text("This key does not allow that.")
    page.get_by_role("button", name="Use another key").click()
    dialog.get_by_label("Key").fill(KEY)
    dialog.get_by_role("button", name="Use this key").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name=f"Remove {KENYA.title}")).to_have_count(0)
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [1, 0]


def test_a_key_can_be_entered_beforehand_and_a_refused_one_is_forgotten(page: Page, locked_base: str) -> None:
    page.goto(f"{locked_base}#view=statements")
    button = page.get_by_role("button", name="Key", exact=True)
    expect(button).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    button.click()
    page.get_by_role("dialog", name="Key").get_by_label("Key").fill("a-wrong-key-0123456789")
    page.get_by_role("button", name="Use this key").click()
    row = page.locator("tbody tr").first
    row.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("The key given before was not accepted.")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".trouble")).to_contain_text("A key is needed.")
    assert page.evaluate("sessionStorage.length") == 0
    page.locator(".trouble").get_by_role("button", name="Try again").click()
    expect(page.get_by_role("dialog")).to_contain_text("The service answers this only with a key.")


def test_where_no_key_is_needed_none_is_offered(page: Page, base: str) -> None:
    page.goto(base)
    expect(page.locator("#issuers option")).to_have_count(5)
    expect(page.locator("#key-change")).to_be_hidden()


def test_where_reading_needs_a_key_it_is_asked_for_first(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path, Access(read_keys=(READ_KEY,), rate=0)) as address:
        page.goto(f"{address}#q=What+about+water%3F")
        expect(page.get_by_role("dialog")).to_contain_text("The service answers this only with a key.")
        page.keyboard.press("Escape")
        expect(page.locator(".answer .trouble")).to_contain_text("A key is needed.")
        expect(page.locator("body")).not_to_contain_text("Bearer")
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("dialog").get_by_label("Key").fill(READ_KEY)
        page.keyboard.press("Enter")
        expect(page.locator(".words")).to_have_text("Water is the right of every child.")
        expect(page.locator("#issuers option")).to_have_count(5)
