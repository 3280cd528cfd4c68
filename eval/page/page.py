"""A report as one HTML file that needs nothing else: no script, no picture, no network."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from eval.compare import leaves
from eval.measures.statistics import least_changed
from eval.page import wording
from eval.page.charts import recall_chart, reliability_chart, risk_chart
from eval.page.definitions import Definition, definition
from eval.page.tables import FEW, changed, headline, rankings, sections, slice_tables
from eval.report import Case, Report
from service.answer import written_date

_CASES = 30  # that are shown, and a few of other sorts; all are counted
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # no HTML or no UTF-8


def render(report: Report, cases: Sequence[Case]) -> str:
    """The report as HTML, with the first cases in the order given; equal inputs give equal bytes."""
    html = _environment().from_string(_resource("report.html")).render(
        report=report,
        cases=cases,
        css=Markup(_resource("report.css")),
        tiles=headline(report.measures),
        rankings=rankings(report),
        sections=sections(report),
        slice_tables=slice_tables(report.slices),
        recall_chart=Markup(recall_chart(report)),
        risk_chart=Markup(risk_chart(report.risk_coverage, report.questions)),
        reliability_chart=Markup(reliability_chart(report.reliability)),
        settings=tuple((name, _said(value)) for name, value in leaves(report.settings).items()),
        definitions=_definitions(report),
        few=FEW,
        least=least_changed(),
        most=_CASES,
    )  # fmt: skip
    return _UNSHOWABLE.sub("\ufffd", html).lstrip()


def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    functions = (
        *(wording.number, wording.signed, wording.interval, wording.counted, wording.verdict),
        *(wording.chance, wording.changed_gold, changed),
    )
    environment.filters.update({function.__name__: function for function in functions})
    environment.filters.update(short=_short, day=written_date, span=_span, share=_share)
    for function in (wording.summary, wording.outcome, wording.is_loss, wording.tally, wording.shown):
        environment.globals[function.__name__] = function
    return environment


def _resource(name: str) -> str:
    return files("eval.page").joinpath(name).read_text(encoding="utf-8")


def _short(text: str, length: int = 120) -> str:
    """A text of at most `length` characters; … stands for what is left out."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _span(dates: tuple[str, str]) -> str:
    """A period: ("2022", "2023-05") -> "2022 to May 2023", ("2022-01-01", "2022-12-31") -> "2022"."""
    first, last = dates
    if first.endswith("-01-01") and last.endswith("-12-31"):
        first, last = first[:4], last[:4]
    first, last = map(written_date, (first, last))
    return first if first == last else f"{first} to {last}"


def _share(value: float) -> str:
    """A share as a CSS length: .25 -> "25.0%"."""
    return f"{100 * value:.1f}%"


def _said(value: object) -> str:
    """A setting without the quotes of JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _definitions(report: Report) -> tuple[Definition, ...]:
    """What the measures of this report mean, in its order, each sort once."""
    found = (definition(measure.name) for measure in report.measures)
    return tuple(dict.fromkeys(filter(None, found)))
