"""Curves by hand: where lines run, what is written beside them, and when there is nothing to draw."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from eval.page.charts import operating_point, recall_chart, reliability_chart, risk_chart
from eval.page.svg import steps
from eval.report import Asked, Baseline, CurvePoint, Measure, ReliabilityBin
from tests.eval.reports import REPORT, asked, measure

RISK = (CurvePoint(1 / 3, 0.0), CurvePoint(2 / 3, 0.5), CurvePoint(1.0, 1 / 3))
BINS = (
    ReliabilityBin(0.1, 0.3, 10, 0.2, 0.0),
    ReliabilityBin(0.3, 0.7, 11, 0.5, 0.5),
    ReliabilityBin(0.7, 1.0, 11, 0.8, 1.0),
)
THREE = (asked(0), asked(5), asked(7))  # confidence .96 and .71, answered; .41, not answered


def lines(svg: str) -> list[str]:
    return [each.attrib["points"] for each in fromstring(svg).iter("polyline")]


def texts(svg: str, style: str = "label") -> list[str]:
    found = (each for each in fromstring(svg).iter("text") if each.attrib["class"].startswith(style))
    return [each.text or "" for each in found]


def described(svg: str) -> str:
    return fromstring(svg).findtext("desc") or ""


def rules(svg: str, style: str) -> list[tuple[str, ...]]:
    def ends(line: Element) -> tuple[str, ...]:
        return tuple(line.attrib[name] for name in ("x1", "y1", "x2", "y2"))

    return [ends(each) for each in fromstring(svg).iter("line") if each.attrib["class"] == style]


def recall(*values: float, family: str = "evidence recall") -> tuple[Measure, ...]:
    depths = zip((1, 10, 100), values, strict=True)
    return tuple(Measure(f"{family}@{k}", value, 9) for k, value in depths)


def test_recall_runs_over_the_logarithm_of_k() -> None:
    # 190 wide from 40, of which 12 % are left free; 200 high down to 224: 1 at 62.8, 10 half way to 230.
    svg = recall_chart(replace(REPORT, measures=recall(0.0, 0.5, 1.0), baselines=()))
    assert lines(svg) == ["62.8,224 146.4,124 230,24"]
    assert texts(svg) == [".000", ".500", "1.000", "default"]
    assert texts(svg, "tick")[-4:] == ["1", "10", "100", "k (logarithmic)"]
    assert described(svg) == "default .000 at 1, .500 at 10, 1.000 at 100."


def test_baselines_are_lines_with_their_names_beside_them() -> None:
    others = (Baseline("BM25", recall(0.0, 0.25, 0.5)), Baseline("dense", recall(0.1, 0.5, 1.0)))
    svg = recall_chart(replace(REPORT, measures=recall(0.5, 1.0, 1.0), baselines=others))
    assert lines(svg) == [
        "62.8,204 146.4,124 230,24",
        "62.8,224 146.4,174 230,124",
        "62.8,124 146.4,24 230,24",  # the default is drawn last, over the others
    ]
    assert texts(svg) == ["dense", "BM25", ".500", "1.000", "default"]
    heights = {text.text: text.attrib["y"] for text in fromstring(svg).iter("text")}
    assert (heights["default"], heights["dense"], heights["BM25"]) == ("28", "41", "128")


def test_intervals_are_upright_lines() -> None:
    known = (Measure("evidence recall@1", 0.5, 9, 0.25, 0.75), Measure("evidence recall@10", 0.5, 9))
    svg = recall_chart(replace(REPORT, measures=known, baselines=()))
    assert rules(svg, "whisker") == [("62.8", "174", "62.8", "74")]


def test_statements_stand_in_where_no_evidence_is_marked() -> None:
    nothing = tuple(replace(each, value=None, count=0) for each in recall(0, 0, 0))
    found = (*nothing, *recall(0.2, 0.4, 0.6, family="statement recall"))
    svg = recall_chart(replace(REPORT, measures=found, baselines=()))
    assert described(svg) == "default .200 at 1, .400 at 10, .600 at 100."


def test_risk_runs_by_coverage_under_the_five_percent_line() -> None:
    svg = risk_chart(RISK, THREE)
    assert lines(svg) == ["140,224 240,24 340,90.7"]  # the axis ends at .5
    assert rules(svg, "limit") == [("40", "204", "340", "204")]
    assert texts(svg) == [
        "5 % of the answers wrong",
        "answers are given up to here:",
        "coverage .667, risk .500",
    ]
    assert texts(svg, "tick")[:6] == ["0", ".1", ".2", ".3", ".4", ".5"]
    assert described(svg) == (
        "From coverage .333, risk .000 to coverage 1.000, risk .333."
        " The service answers up to coverage .667, risk .500."
    )


def test_the_operating_point_is_where_answers_end() -> None:
    assert operating_point(RISK, THREE) == RISK[1]


@pytest.mark.parametrize(
    "questions",
    [
        (asked(7), asked(8), asked(9)),  # none is answered
        (asked(5), replace(asked(0), answered=False), asked(7)),  # a surer one is not answered
        (),
    ],
)
def test_there_is_no_operating_point_off_the_curve(questions: tuple[Asked, ...]) -> None:
    assert operating_point(RISK, questions) is None
    assert "answers are given" not in risk_chart(RISK, questions)


def test_a_long_curve_is_drawn_with_a_point_for_each_step() -> None:
    many = [CurvePoint(n / 5000, 0.5 * n / 5000) for n in range(1, 5001)]
    points = lines(risk_chart(many, ()))[0].split(" ")
    assert (points[0], points[150], points[-1]) == ("40.5,223.7", "190.5,123.7", "340,24")


def test_reliability_has_a_point_for_each_bin_and_its_count() -> None:
    svg = reliability_chart(BINS)
    assert lines(svg) == ["40,224 340,24", "100,224 190,124 280,24"]
    assert texts(svg) == ["each point: 10 to 11 questions"]
    assert [circle.attrib["r"] for circle in fromstring(svg).iter("circle")] == ["5.8", "6", "6"]
    assert described(svg) == (
        "confidence .200, answerable .000, 10 questions; confidence .500, answerable .500, 11 questions;"
        " confidence .800, answerable 1.000, 11 questions."
    )


def test_without_points_there_is_no_chart() -> None:
    assert recall_chart(replace(REPORT, measures=(measure("evidence recall@1", 0.5),))) == ""
    assert risk_chart((), ()) == ""
    assert reliability_chart(()) == ""
    assert reliability_chart(BINS[2:]) == ""  # all are answerable: there is nothing to be sure of


def test_marks_of_an_axis() -> None:
    assert [written for _, written in steps(0.1)] == ["0", ".02", ".04", ".06", ".08", ".1"]
    assert [written for _, written in steps()] == ["0", ".2", ".4", ".6", ".8", "1"]


def test_names_are_escaped_and_cut() -> None:
    report = replace(REPORT, baselines=(Baseline("<b>&" + "x" * 40, recall(0.1, 0.2, 0.3)),))
    svg = recall_chart(report)
    assert "&lt;b&gt;&amp;xxxxxxxxxxxxxxxxx…</text>" in svg
    assert re.search("<b>", svg) is None
