"""SQuAD files: paragraphs, questions about each, and answers as places in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.files import read_bytes, shown
from corpus.metadata import checked_id, one_line
from corpus.statement import CorpusError, Statement, canonical
from eval.suites.fields import Field, FieldError, Problems, decode_utf8, suite_file
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite

_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class _Context:
    """A paragraph as it is written, where answers are counted, and its statement."""

    written: str
    statement: Statement


def read_squad(path: Path) -> Suite:
    """The questions and paragraphs of a file in SQuAD form, 1.1 or 2.0 (Rajpurkar et al. 2016, 2018).

    A paragraph is a statement: its id is "{title}/{number}", counted from 0 over the articles of this
    title; where no title is given, the stem of the file stands for it. Answers of a question are
    alternative evidence of one nugget. What `is_impossible` is not answerable. Raises CorpusError naming
    file, line and field of what is not so, of answers that do not stand where they say, of ids used twice.
    """
    data, place = read_bytes(path), shown(path)
    text = decode_utf8(data, place)
    whole = Field(_parse(text, place))
    if isinstance(whole.value, dict) and {"format", "suite"} <= whole.value.keys():
        raise CorpusError(f"{place}: a run of communique eval, no suite; --against compares with it")
    statements: list[Statement] = []
    questions: dict[str, GoldQuestion] = {}
    problems = _Problems(text, place)
    with problems.placed():
        for key, title, row in _paragraphs(whole, path.stem):
            with problems.placed():
                context = _context(row, key, title)
                statements.append(context.statement)
                for item in row.items("qas"):
                    with problems.placed():
                        _keep(_question(item, context), item, questions)
    problems.check()
    if not questions:
        raise CorpusError(f"{place}: no question in it")
    files = (suite_file(path, data),)
    return Suite(shown(Path(path.stem)), "squad", files, tuple(questions.values()), tuple(statements))


def position(text: str, path: tuple[str | int, ...]) -> int:
    """Where in well-formed JSON the value at a path begins, or the last one on the way that is there.

    Example: '{"a": [7, 8]}', ("a", 1) -> 10
    """
    at = _past_space(text, 0)
    for step in path:
        inner = _child(text, at, step)
        if inner is None:
            break
        at = inner
    return at


def _parse(text: str, place: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"not JSON at character {error.colno} of the line: {error.msg}"
        raise CorpusError(f"{place}:{error.lineno}: {problem}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; too many brackets
        raise CorpusError(f"{place}: not JSON that can be read: {error}") from error


class _Problems(Problems):
    """Problems of fields whose lines are those of one text."""

    def __init__(self, text: str, place: str) -> None:
        super().__init__()
        self._text, self._place = text, place

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Keep the FieldError that ends this block, if one does, with its line."""
        try:
            yield
        except FieldError as error:
            line = self._text.count("\n", 0, position(self._text, error.path)) + 1
            self.add(f"{self._place}:{line}: {error}")


def _paragraphs(whole: Field, stem: str) -> Iterator[tuple[str, str, Field]]:
    """Key, title and object of each."""
    counts: Counter[str] = Counter()
    for article in whole.items("data"):
        title = one_line(article.optional_text("title"))
        name = title or stem
        for row in article.items("paragraphs"):
            yield f"{name}/{counts[name]}", title.replace("_", " "), row
            counts[name] += 1


def _context(row: Field, key: str, title: str) -> _Context:
    written = row.text("context")
    try:
        key = checked_id(key, "from title and number of the paragraph")
    except CorpusError as error:
        raise row.wrong(str(error)) from error
    return _Context(written, Statement(key, canonical(written), title))


def _keep(question: GoldQuestion, row: Field, questions: dict[str, GoldQuestion]) -> None:
    if question.id in questions:
        raise row.member("id").wrong(f"{question.id!r} is used twice")
    questions[question.id] = question


def _question(row: Field, context: _Context) -> GoldQuestion:
    key, text = row.identity("id"), row.question("question")
    is_impossible = row.member("is_impossible").value is not None and row.truth("is_impossible")
    answers = row.items("answers")
    if bool(answers) == is_impossible:
        found = f"{len(answers)} with is_impossible {str(is_impossible).lower()}"
        raise row.member("answers").wrong(f"{found}; accepted: none if it is impossible, else some")
    if is_impossible:
        return GoldQuestion(key, text, answerable=False)
    spans = tuple(dict.fromkeys(_span(answer, context) for answer in answers))
    relevant = {context.statement.id: 1}
    return GoldQuestion(key, text, answerable=True, nuggets=(Nugget("", spans),), relevant=relevant)


def _span(row: Field, context: _Context) -> Span:
    """Where an answer stands in the canonical text, which may be shorter than the context as written."""
    answer, start = row.text("text"), row.member("answer_start").as_count()
    written, text = context.written, context.statement.text
    end = start + len(answer)
    if written[start:end] != answer:
        raise row.wrong(f"{answer[:80]!r} does not stand at {start} of the context")
    if written != text:
        start, end = len(canonical(written[:start])), len(canonical(written[:end]))
        if text[start:end] != canonical(answer):
            raise row.wrong(f"{answer[:80]!r} is cut in the middle of a character or of a line end")
    return Span(context.statement.id, start, end)


def _child(text: str, at: int, step: str | int) -> int | None:
    """Where the item or member begins that `step` names in the array or object that begins at text[at]."""
    if text[at] not in "[{":
        return None
    decode = json.JSONDecoder().raw_decode
    found, name = None, -1
    is_object = text[at] == "{"
    at = _past_space(text, at + 1)
    while text[at] not in "]}":
        key: str | int
        if is_object:
            key, at = decode(text, at)
            at = _past_space(text, _past_space(text, at) + 1)
        else:
            key = name = name + 1
        if key == step:
            found = at  # of members with the same name the last one counts
        at = _past_space(text, decode(text, at)[1])
        at = _past_space(text, at + 1) if text[at] == "," else at
    return found


def _past_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
