"""Files compared with the store, and what is encoded and committed of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers import Source
from corpus.sidecar import read_sidecar
from corpus.statement import Speaker, Statement
from index.heading import headed, heading
from index.ingest import PASSAGE_TOKENS, Reading, encode, passages_of, read, write
from index.outcome import Outcome
from index.schema import StoreError
from index.store import BusyError, Store, open_store
from tests.corpus.reading import FewNames
from tests.index.fakes import NoEncoder, WordEncoder, paragraphs, word_vector


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data", create=True)


def file(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def look(store: Store, *paths: Path, sidecar: Path | None = None) -> Reading:
    listed = read_sidecar(sidecar) if sidecar else None
    return read(store, [Source(path, listed) for path in paths], FewNames())


def add(store: Store, *paths: Path, encoder: WordEncoder | None = None) -> list[Outcome]:
    reading = look(store, *paths)
    return [*reading.outcomes, *write(store, reading, encoder or WordEncoder())]


def test_new_changed_and_unchanged_files(store: Store, tmp_path: Path) -> None:
    a, b = file(tmp_path / "a.txt", paragraphs("peace", "trade")), file(tmp_path / "b.txt", "Ships sail.")
    assert add(store, a, b) == [Outcome("added", str(a), "a", 2), Outcome("added", str(b), "b", 1)]
    file(b, "Debt grows.")
    assert add(store, a, b) == [Outcome("unchanged", str(a), "a"), Outcome("updated", str(b), "b", 1)]
    found = store.statement("b")
    assert found
    assert found.text == "Debt grows."
    assert store.counts() == {"statements": 2, "versions": 3, "passages": 3}


def test_a_second_run_encodes_nothing(store: Store, tmp_path: Path) -> None:
    a = file(tmp_path / "a.txt", "Peace is near.")
    add(store, a)
    before = store.generation
    assert add(store, a, encoder=NoEncoder()) == [Outcome("unchanged", str(a), "a")]
    assert store.generation == before


def test_a_change_of_metadata_alone_is_a_change(store: Store, tmp_path: Path) -> None:
    a = file(tmp_path / "a.txt", "Peace is near.")
    add(store, a)
    sidecar = file(tmp_path / "metadata.csv", "file,title\na.txt,On water\n")
    reading = look(store, a, sidecar=sidecar)
    assert [statement.title for statement, _ in reading.changed] == ["On water"]
    assert [outcome.status for outcome in write(store, reading, WordEncoder())] == ["updated"]
    entry = store.entry("a")
    assert entry
    assert entry.metadata.title == "On water"
    assert store.counts() == {"statements": 1, "versions": 1, "passages": 1}
    (row,) = (row for row, _ in store.rows())
    assert store.vectors([row], 8)[0] == pytest.approx(word_vector("water peace"), abs=1e-3)
    assert look(store, a, sidecar=sidecar).outcomes == (Outcome("unchanged", str(a), "a"),)


def test_a_second_file_of_a_run_with_the_same_id_fails(store: Store, tmp_path: Path) -> None:
    first, second = file(tmp_path / "x" / "a.txt", "Peace."), file(tmp_path / "y" / "a.txt", "Trade.")
    outcomes = add(store, first, second)
    assert [outcome.status for outcome in outcomes] == ["failed", "added"]
    assert outcomes[0].error == (
        f"{second}: id 'a' belongs to {first}; give one of them another id (front matter or sidecar),"
        " or remove 'a' first"
    )
    assert (outcomes[0].source, outcomes[0].statement_id) == (str(second), "a")
    assert outcomes[1] == Outcome("added", str(first), "a", 1)


def test_another_file_does_not_take_the_id_of_one_that_is_there(store: Store, tmp_path: Path) -> None:
    first, second = file(tmp_path / "x" / "a.txt", "Peace."), file(tmp_path / "y" / "a.txt", "Trade.")
    add(store, first)
    (outcome,) = add(store, second)
    assert (outcome.status, f"belongs to {first}" in outcome.error) == ("failed", True)
    file(second, "Peace.")
    assert add(store, second) == [Outcome("unchanged", str(second), "a")]


def test_a_file_that_moved_keeps_its_statement(store: Store, tmp_path: Path) -> None:
    first = file(tmp_path / "x" / "a.txt", "Peace.")
    add(store, first)
    second = first.rename(tmp_path / "a.txt")
    assert add(store, second, encoder=NoEncoder()) == [Outcome("unchanged", str(second), "a")]
    file(second, "Trade.")
    assert add(store, second) == [Outcome("updated", str(second), "a", 1)]
    entry = store.entry("a")
    assert entry
    assert entry.source == str(second)


def test_a_bad_file_or_row_keeps_no_other_from_being_read(store: Store, tmp_path: Path) -> None:
    rows = file(tmp_path / "r.jsonl", '{"id": "one", "text": "Peace."}\n{"id": "two"}\n{"text": "Debt."}\n')
    gone = tmp_path / "gone.txt"
    reading = look(store, gone, rows)
    assert [(statement.id, source) for statement, source in reading.changed] == [
        ("one", str(rows)),
        ("r-3", str(rows)),
    ]
    assert [(outcome.status, outcome.source) for outcome in reading.outcomes] == [
        ("failed", str(gone)),
        ("failed", str(rows)),
    ]
    assert f"{rows}:2: field 'text'" in reading.outcomes[1].error
    assert reading.characters == len("Peace.Debt.")


def statements(*texts: str) -> Reading:
    changed = tuple((Statement(f"s{number}", text), f"{number}.txt") for number, text in enumerate(texts))
    return Reading(changed, ())


def test_a_statement_that_cannot_be_cut_fails_alone(store: Store) -> None:
    """Its heading leaves no room for a passage."""
    titled = replace(Statement("wide", "Trade."), title=" ".join(["a"] * 100))
    reading = Reading(((titled, "w.txt"), *statements("Peace.", "Debt.").changed), ())
    outcomes = list(write(store, reading, WordEncoder(max_tokens=40)))
    assert [(outcome.status, outcome.statement_id) for outcome in outcomes] == [
        ("failed", "wide"),
        ("added", "s0"),
        ("added", "s1"),
    ]
    assert outcomes[0].error.startswith("w.txt: cannot be cut: ")
    assert list(store.entries()) == ["s0", "s1"]


def test_each_outcome_is_committed_when_it_is_given(store: Store) -> None:
    other = open_store(store.folder)
    for count, outcome in enumerate(write(store, statements("Peace.", "Debt.", "Ships."), WordEncoder()), 1):
        assert other.counts()["statements"] == count
        assert other.entry(outcome.statement_id)


def test_progress_sums_to_characters_and_passages(store: Store) -> None:
    reading = statements(paragraphs("peace", "trade", "debt"), "Ships. Sail on.", "Water?")
    heard: list[tuple[float, int]] = []
    outcomes = list(write(store, reading, WordEncoder(), lambda *done: heard.append(done)))
    assert sum(characters for characters, _ in heard) == pytest.approx(reading.characters)
    assert sum(passages for _, passages in heard) == 5 == sum(outcome.passages for outcome in outcomes)


def test_large_work_is_committed_in_groups(store: Store) -> None:
    """A crash in the second group loses nothing of the first."""

    class Breaks(WordEncoder):
        def count_tokens(self, texts: object) -> list[int]:
            if store.counts()["statements"]:
                raise RuntimeError("out of memory")
            return super().count_tokens(list(texts))  # type: ignore[call-overload]

    with pytest.raises(RuntimeError, match="out of memory"):
        list(write(store, statements("peace " * 70_000, "Debt."), Breaks()))
    assert list(store.entries()) == ["s0"]


def test_another_model_is_refused_before_anything_is_encoded(store: Store) -> None:
    list(write(store, statements("Peace."), WordEncoder()))
    with pytest.raises(StoreError, match="was indexed with model"):
        list(write(store, statements("Debt."), NoEncoder("other")))


def test_passages_are_encoded_below_their_heading_and_sentences_alone() -> None:
    encoder = WordEncoder()
    statement = Statement("a", "We ship. Water, water!\n", title="Trade", issuers=("EU",), date="2024-11")
    (ready,) = encode([(statement, passages_of(statement, encoder))], encoder)
    assert encoder.encoded == ["EU, 2024-11. Trade\nWe ship. Water, water!", "We ship.", "Water, water!"]
    assert ready.vectors[0] == pytest.approx(word_vector("trade water water"))
    assert [part.tolist() for part in ready.sentence_vectors] == [
        [word_vector("none").tolist(), word_vector("water").tolist()]
    ]


def test_vectors_stay_with_their_passages() -> None:
    encoder = WordEncoder()
    texts = (paragraphs("peace", "trade"), "", paragraphs("debt"), "Ships. Ships sail. Water.")
    cut = [(s, passages_of(s, encoder)) for s, _ in statements(*texts).changed]
    for ready in encode(cut, encoder):
        for passage, vector, parts in zip(ready.passages, ready.vectors, ready.sentence_vectors, strict=True):
            text = ready.statement.text
            assert vector.tolist() == word_vector(text[passage.start : passage.end]).tolist()
            assert parts.tolist() == [word_vector(text[s.start : s.end]).tolist() for s in passage.sentences]
    assert [len(passages) for _, passages in cut] == [2, 0, 1, 1]
    assert encode([], encoder) == []


def test_what_was_removed_while_it_was_being_added_stays_removed(store: Store, tmp_path: Path) -> None:
    a, b = file(tmp_path / "a.txt", "Peace."), file(tmp_path / "b.txt", "Debt.")
    add(store, a, b)
    file(a, "Peace is near.")
    file(b, "Debt grows.")
    reading = look(store, a, b)
    store.remove("a")
    assert list(write(store, reading, WordEncoder())) == [
        Outcome("failed", str(a), "a", error=f"{a}: 'a' was removed while it was being added"),
        Outcome("updated", str(b), "b", 1),
    ]
    assert list(store.entries()) == ["b"]
    assert [outcome.status for outcome in add(store, a)] == ["added"]  # begun after the removal


def test_others_may_write_between_the_groups(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest._GROUP", 1)
    paths = [file(tmp_path / f"{name}.txt", f"{name} debt.") for name in ("peace", "trade")]
    outcomes = write(store, look(store, *paths), WordEncoder(), wait=0)
    assert next(outcomes).statement_id == "peace"
    assert next(outcomes).statement_id == "trade"
    other = open_store(store.folder)
    with pytest.raises(BusyError), other.writing():
        pass
    assert list(outcomes) == []
    with other.writing():
        other.remove("peace")
    assert list(store.entries()) == ["trade"]


def test_an_upload_goes_by_its_own_name(store: Store, tmp_path: Path) -> None:
    kept = file(tmp_path / "0.bin", "Peace.")
    reading = read(store, [Source(kept, name="KEN_79_2024.txt"), Source(kept, name="x.bin")], FewNames())
    (statement, source) = reading.changed[0]
    assert (statement.id, source) == ("KEN_79_2024", "KEN_79_2024.txt")
    assert [outcome.source for outcome in reading.outcomes] == ["x.bin"]
    assert reading.outcomes[0].error.startswith("x.bin: suffix '.bin' is not accepted")


def test_nothing_to_write(store: Store) -> None:
    assert list(write(store, Reading((), ()), NoEncoder())) == []
    assert np.array(store.rows()).size == 0


@given(
    title=st.integers(0, 60),
    lengths=st.lists(st.integers(1, 400), min_size=1, max_size=5),
    prompt=st.sampled_from(["", "passage: ", "Represent this text: "]),
)
def test_passages_fit_the_encoder_below_their_heading(title: int, lengths: list[int], prompt: str) -> None:
    encoder = WordEncoder(max_tokens=128)
    encoder.settings = replace(encoder.settings, passage_prompt=prompt)
    text = "\n\n".join(" ".join(["peace"] * length) + "." for length in lengths)
    statement = Statement("a", text, title=" ".join(["of"] * title))
    passages = passages_of(statement, encoder)
    whole = [prompt + headed(statement, text[p.start : p.end].strip()) for p in passages]
    assert max(encoder.count_tokens(whole)) <= 128
    assert "".join(text[p.start : p.end] for p in passages) == text


def test_passages_are_no_longer_than_measured_best() -> None:
    encoder = WordEncoder(max_tokens=512)
    passages = passages_of(Statement("a", "peace " * 1000), encoder)
    assert max(encoder.count_tokens([("peace " * 1000)[p.start : p.end] for p in passages])) <= PASSAGE_TOKENS


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (Statement("a", ""), ""),
        (Statement("a", "", title="T"), "T"),
        (Statement("a", "", issuers=("A", "B"), date="2024"), "A, B, 2024"),
        (Statement("a", "", date="2024", title="T"), "2024. T"),
        (
            Statement("a", "", issuers=("A",), speakers=(Speaker("X", "P"), Speaker("Y")), title="T"),
            "A (X, P; Y). T",
        ),
        (Statement("a", "", title="t" * 400), "t" * 300),
    ],
)
def test_headings(statement: Statement, line: str) -> None:
    assert heading(statement) == line
    assert headed(statement, "text") == (f"{line}\ntext" if line else "text")
