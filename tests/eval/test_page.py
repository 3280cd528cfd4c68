"""The report as a page: its figures and words, that nothing in it can do harm, and how a browser shows it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from eval.page.page import render
from eval.page.tables import headline, slice_tables
from eval.page.wording import (
    chance,
    changed_gold,
    counted,
    interval,
    number,
    outcome,
    percent,
    shown,
    signed,
    summary,
    tally,
)
from eval.report import Case, Change, Measure, Report, Slice
from tests.browser import launched
from tests.eval.reports import CASES, EVIL, LONG, REPORT, hostile, measure

PAPER = "getComputedStyle(document.body).backgroundColor"
MARKUP = re.compile(r"</?([a-z0-9]+)")


def words(page: str) -> str:
    """What is read: without tags, style and doubled spaces."""
    body = page[page.index("<body>") :]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


SHOWN = words(render(REPORT, CASES))


@pytest.mark.parametrize(
    "told",
    [
        "evidence recall@10 .778 .698–.858, 9 questions",
        "false-answer rate .333 .033–.633, 3 questions, lower is better",
        "selective risk .250 .170–.330, 8 questions, lower is better",
    ],
)
def test_tiles_show_value_interval_and_count(told: str) -> None:
    assert told in SHOWN[: SHOWN.index("What goes wrong")]


@pytest.mark.parametrize(
    "row",
    [
        "evidence recall@5 9 ◆ .667 .587–.747 .333 .253–.413 .611 .531–.691 .556 .476–.636",
        "evidence recall@20 9 ◆ .778 .698–.858 .500 .420–.580 .722 .642–.802 ◆ .778 .698–.858",
        "passage RR@10 9 .653 .573–.733 – – –",
        "AURC lower is better 12 .121 .041–.201 – – –",
        "attribution accuracy 0 not eligible – – –",
    ],
)
def test_rows_of_all_measures(row: str) -> None:
    assert row in SHOWN[SHOWN.index("All measures Each") :]


def test_slices_come_worst_first_and_those_of_few_questions_last() -> None:
    kinds, grades, issuers, years = slice_tables(REPORT.slices)
    assert [row.name for row in kinds.rows] == ["other", "fact", "list", "none"]
    assert [row.few for row in kinds.rows] == [False, False, True, True]
    assert [(row.name, row.few) for row in grades.rows] == [("near", True), ("far", True)]
    assert ([row.name for row in issuers.rows[:3]], issuers.first) == (
        ["Sylvania", "Freedonia", "Ruritania"],
        5,
    )
    assert [row.name for row in years.rows] == ["2024", "2022"]


def test_slices_show_recall_of_statements_only_where_there_is_no_other() -> None:
    both = (measure("statement recall@10", 0.5), measure("evidence recall@10", 0.5))
    assert slice_tables((Slice("kind", "fact", 9, both),))[0].columns == ("evidence recall@10",)
    assert slice_tables((Slice("kind", "fact", 9, both[:1]),))[0].columns == ("statement recall@10",)


def test_a_slice_without_eligible_questions_is_not_zero() -> None:
    assert "none few 3 not eligible .333" in SHOWN
    assert "fact 5 1.000 not eligible" in SHOWN
    assert "none few 3 .000" not in SHOWN


def test_the_summary_is_one_sentence() -> None:
    assert summary(REPORT).replace("\u00a0", " ") == (
        "12 questions over 40 statements: on average 78 % of a question’s evidence is among the first ten"
        " passages; 78 % of the 9 answerable ones are answered; of the 3 that nothing answers, 33 % are"
        " answered anyway; 25 % of the 8 answers given are wrong: nothing answers, or nothing quoted does."
    )
    statements = replace(REPORT, measures=(measure("statement recall@10", 0.889),))
    assert summary(statements).replace("\u00a0", " ") == (
        "12 questions over 40 statements: on average 89 % of a question’s relevant statements are among the"
        " first ten."
    )
    assert summary(replace(REPORT, measures=())) == "12 questions over 40 statements."


def test_what_changed_says_what_is_noise() -> None:
    assert outcome(REPORT) == (
        "Of 5 measures, 1 is better than before, 1 is worse than before,"
        " 1 is different by what may be chance (p ≥ .05),"
        " 1 is different in too few questions to tell, 1 is the same."
        " Chance alone would make about 0.2 of the 3 tested seem better or worse."
    )
    assert "Brier ▼ worse .000 .333 +.333 .012 12 evidence recall@10 ▲ better" in SHOWN
    assert (
        "passage RR@10 ≈ noise .641 .653 +.012 −.064 to .088 .770 9"
        " citation F1 ? too few .470 .490 +.020 .004–.036 .250 9 The same in both"
    ) in SHOWN
    assert (
        "Noise: it may be chance (p ≥ .05). Too few: too few questions changed to tell, as with fewer than 6"
        " no p is below .05. The interval is a bootstrap of the difference, so it and the test can disagree."
    ) in SHOWN
    assert "The same in both: answer rate." in SHOWN
    assert "settings.weights.lexical: 0.2 before, 0.3 now" in SHOWN


def test_chance_alone_is_no_progress() -> None:
    assert REPORT.comparison is not None
    noise = (Change("AUROC", 9, 0.5, 0.6, 0.1, -0.1, 0.3, 0.4, "noise"),)
    report = replace(REPORT, comparison=replace(REPORT.comparison, changes=noise))
    assert outcome(report) == (
        "Of 1 measure, none is better or worse than before, 1 is different by what may be chance (p ≥ .05)."
    )
    few = replace(REPORT.comparison, changes=(replace(noise[0], verdict="too few"),) * 2)
    assert outcome(replace(REPORT, comparison=few)) == (
        "Of 2 measures, none is better or worse than before, 2 are different in too few questions to tell."
    )
    assert outcome(replace(REPORT, comparison=None)) == ""


def test_what_is_left_out_of_a_comparison_is_said() -> None:
    left = "in one of the runs alone: 1 question of the one before, 2 of this one."
    assert f"{left} 3 questions have another known answer than before: not compared. What was" in SHOWN
    assert changed_gold(1) == "1 question has another known answer than before: not compared."
    assert changed_gold(0) == ""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "citation precision",
            "share of the citations that state a fact, over the answers given to answerable questions"
            " (after Liu et al. 2023)",
        ),
        (
            "citation recall",
            "share of a question’s facts that a citation states, over the answers given to answerable"
            " questions (all strict of Pradeep et al. 2025)",
        ),
        (
            "citation F1",
            "harmonic mean of these two for each question, over the answers given to answerable questions"
            " (van Rijsbergen 1979)",
        ),
    ],
)
def test_what_citations_are_measured_over_and_whose_idea_it_is(name: str, told: str) -> None:
    assert f"{name} {told}" in SHOWN


def test_facts_of_an_unanswered_question_count_as_not_told() -> None:
    report = replace(REPORT, measures=(measure("nugget recall", 0.5),))
    told = "share of a question’s facts that the answer cites; 0 if unanswered"
    assert f"nugget recall {told} (all strict of Pradeep et al. 2025)" in words(render(report, ()))


def test_settings_stand_one_a_line_without_the_quotes_of_json() -> None:
    made: dict[str, object] = {
        "model": {"name": "caf\u00e9", "size": 3},
        "fitted_on": ["ab", "cd"],
        "notes": [],
    }
    shown = words(render(replace(REPORT, settings=made), ()))
    assert shown.endswith(
        "Settings model.name caf\u00e9 model.size 3 fitted_on[0] ab fitted_on[1] cd notes []"
    )


def test_problems_are_counted_by_sort() -> None:
    again = replace(CASES[0], problem="evidence comes late: at rank 2")
    assert tally((*CASES, again)) == (
        ("evidence comes late", (3, 4, 5)),
        ("the statement was found, but not the passage", (1,)),
        ("answered, though nothing answers it", (2,)),
    )
    assert "2 evidence comes late 1 the statement was found" in SHOWN


def test_of_each_sort_of_problem_the_two_worst_are_shown() -> None:
    sorts = ["late: 3"] * 4 + ["lost"] + ["late: 2"] * 2 + ["unquoted: 1"] * 3
    cases = [replace(CASES[0], problem=sort) for sort in sorts]
    assert [place for place, _ in shown(cases, 1)] == [1, 2, 5, 8, 9]
    assert [place for place, _ in shown(cases, 30)] == list(range(1, 11))
    assert shown(cases, 1)[-1] == (9, cases[8])
    page = words(render(REPORT, tuple(cases * 9)))
    assert "Worst first: 30 of 90, and of each sort the two worst. Facts" in page


def test_a_case_shows_what_should_have_been_found_what_was_and_where() -> None:
    case = SHOWN[SHOWN.index("Worst questions Worst") :]
    assert "Understood to name Zembla Sylvania and no date. Not answered, with confidence .410." in case
    assert (
        "Sylvania lives by the toll “We have planted a belt of acacias against the sand” Rudolf Elphberg"
        " (Ruritania) , 24 September 2024 RURITANIA_2024 , paragraph 17 ✗ not found ✗ not cited"
    ) in case
    assert "3 Otto Kraus (Sylvania) , 23 September 2022 SYLVANIA_2022 , paragraph 5 ✓ states 1" in case
    assert "Nothing in the collection answers this." in case


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (("2022-01-01", "2022-12-31"), "2022."),
        (("2022-01-01", "2024-12-31"), "2022 to 2024."),
        (("2022", "2023-05"), "2022 to May 2023."),
        (("2022-01-01", "2022-05-31"), "1 January 2022 to 31 May 2022."),
    ],
)
def test_the_period_understood(dates: tuple[str, str], told: str) -> None:
    case = replace(CASES[0], asked=replace(CASES[0].asked, dates=(dates,)))
    assert f"and {told}" in words(render(REPORT, (case,))).replace(" .", ".")


def test_a_broken_quote_is_said() -> None:
    cited = replace(CASES[0].asked.citations[0], check="gone")
    broken = replace(CASES[0], asked=replace(CASES[0].asked, citations=(cited,)))
    assert "a quote of SYLVANIA_2024 is not valid: gone" in words(render(REPORT, (broken,)))


def test_numbers_in_words() -> None:
    assert [number(value) for value in (None, 0.0, 0.9104, 1.0, -0.2, -0.0001)] == [
        *("not eligible", ".000", ".910", "1.000", "−.200", ".000"),
    ]
    assert [signed(value) for value in (0.0124, 0.0, -0.2)] == ["+.012", ".000", "−.200"]
    assert [interval(*ends) for ends in ((0.875, 0.94), (-0.02, 0.11), (None, None))] == [
        *(".875–.940", "−.020 to .110", ""),
    ]
    assert [percent(share) for share in (0, 0.001, 0.42, 0.998, 1)] == [
        *("0\u00a0%", "under 1\u00a0%", "42\u00a0%", "over 99\u00a0%", "100\u00a0%"),
    ]
    assert [counted(count, "question") for count in (0, 1, 1200)] == [
        *("0 questions", "1 question", "1,200 questions"),
    ]
    assert [chance(p) for p in (1.0, 0.0312, 0.0001)] == ["1.000", ".031", "<.001"]


def test_tiles_take_statements_where_no_evidence_is_marked() -> None:
    found = (Measure("evidence recall@10", None, 0), measure("statement nDCG@10", 0.7))
    assert headline(found) == found[1:]


def test_equal_reports_are_equal_bytes() -> None:
    assert render(REPORT, CASES).encode() == render(replace(REPORT), tuple(CASES)).encode()


def test_a_report_with_nothing_in_it_is_a_page() -> None:
    nothing = replace(REPORT, notes=(), measures=(), baselines=(), slices=(), comparison=None)
    nothing = replace(nothing, risk_coverage=(), reliability=())
    assert words(render(nothing, ())).startswith(
        "Communiqué · evaluation harbours 12 questions over 40 statements. All measures How it was made"
    )


def test_hostile_text_is_text() -> None:
    page = render(*hostile())
    assert set(MARKUP.findall(page)) <= set(MARKUP.findall(render(REPORT, CASES)))
    assert "{{7*7}}" in page
    assert f"{LONG}</p>" in page[page.index('<p class="whole"') :]
    assert EVIL.replace("\x00", "\ufffd").replace("\x1b", "\ufffd") in words(page)


@settings(max_examples=8, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=40))  # lone surrogates too
def test_any_text_is_shown_as_it_is_or_replaced(text: str) -> None:
    case = replace(CASES[0], asked=replace(CASES[0].asked, question=text))
    page = render(replace(REPORT, suite=replace(REPORT.suite, name=text)), (case,))
    page.encode()
    assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]", page)
    assert (
        page.count("<h1") == page.count('</details>\n</section>\n\n<section aria-labelledby="measures"') == 1
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module", params=["report", "hostile"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    report: Report
    report, cases = (REPORT, CASES) if request.param == "report" else hostile()
    path = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    path.write_text(render(report, cases), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The report opened; it may say nothing in the console, open nothing, and ask for nothing but itself."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda request: wrong.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    yield page
    page.close()
    assert wrong == []


def test_nothing_in_it_runs_or_is_fetched(page: Page) -> None:
    assert page.locator("script, img, iframe, object, form, base, [onerror], [src]").count() == 0
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_axe_finds_nothing_in_light_and_dark(page: Page) -> None:
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})  # nothing else depends on colours
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(PAPER) == "rgb(21, 24, 29)"


def test_a_phone_does_not_scroll_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_sort_of_problem_leads_to_its_first_case(page: Page) -> None:
    cases = page.locator("details.case")
    assert cases.nth(2).get_attribute("open") is None
    page.locator(".tally a[href='#case-3']").click()
    assert cases.nth(2).get_attribute("open") == ""


def printed(page: Page) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4")))
    return " ".join(" ".join(each.get_textpage().get_text_range() for each in document).split())


def test_print_holds_what_is_closed(page: Page) -> None:
    assert page.locator("details.case").last.get_attribute("open") is None
    text = printed(page)
    assert "the view is another" in text  # of the last case
    assert "weights.lexical" in text or "{{7*7}}" in text  # of the settings


def test_of_many_questions_the_first_ten_and_the_open_ones_are_printed(
    browser: Browser, tmp_path: Path
) -> None:
    def case(number: int) -> Case:
        cited = replace(CASES[0].cited[0], text=f"cited for {number}.")
        question = replace(CASES[0].asked, question=f"Question {number}?")
        return replace(CASES[0], asked=question, cited=(cited,))

    file = tmp_path / "page.html"
    file.write_text(render(REPORT, tuple(map(case, range(1, 14)))), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert not page.get_by_text("On paper the first ten").is_visible()
    page.locator("details.case").nth(11).evaluate("each => each.open = true")
    text = printed(page)
    page.close()
    assert "On paper the first ten" in text
    assert re.findall(r"Question (\d+)\?", text) == [str(number) for number in range(1, 14)]
    assert re.findall(r"cited for (\d+)\.", text) == [*map(str, range(1, 11)), "12"]
