"""Which index a suite is asked over, and what is encoded for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.statement import CorpusError
from eval import indexes
from eval.fingerprints import model_digest
from eval.indexes import Opened, open_suite
from index import ingest
from index.caches import Caches
from index.retriever import Retriever
from index.schema import StoreError
from index.store import open_store
from tests.eval.asking import (
    DOCUMENTS,
    HAITI,
    KENYA,
    PEACE,
    ROWS,
    SHIPS,
    WATER,
    Breaking,
    loading,
    no_model,
    opening,
    settings_of,
    write_beir,
    write_corpus,
    write_rows,
    write_squad,
)
from tests.index.fakes import WordEncoder, paragraphs, word_vector


def made(data: Path) -> list[str]:
    """The stems of the indexes in a data folder."""
    return sorted(path.parent.name.rpartition("-")[0] for path in data.glob("evaluation/*/statements.sqlite"))


def test_a_beir_folder_gets_an_index_that_is_found_again(tmp_path: Path) -> None:
    folder, encoder = write_beir(tmp_path / "sea", {"a": SHIPS, "b": WATER}), WordEncoder()
    with opening(folder, tmp_path / "data", encoder=encoder) as first:
        assert {key: statement.text for key, statement in first.statements.items()} == {
            "a": SHIPS,
            "b": WATER,
        }
        assert [question.text for question in first.suite.questions] == ["ships"]
        assert first.store.counts() == {"statements": 2, "versions": 2, "passages": 2}
    assert sorted(encoder.encoded) == sorted([SHIPS, WATER] * 2)  # as passage and as sentence
    assert made(tmp_path / "data") == ["sea"]
    with opening(folder, tmp_path / "data") as second:
        assert second.statements == first.statements


def test_a_squad_file_gets_an_index_of_its_paragraphs(tmp_path: Path) -> None:
    path = write_squad(tmp_path / "dev.json", {"How many ships?": SHIPS, "Is the water clean?": WATER})
    with opening(path, tmp_path / "data", encoder=WordEncoder()) as opened:
        assert {key: statement.text for key, statement in opened.statements.items()} == {
            "Sea/0": SHIPS,
            "Sea/1": WATER,
        }
    assert made(tmp_path / "data") == ["dev"]
    with opening(path, tmp_path / "data") as again:
        assert again.store.counts()["passages"] == 2


def test_folders_of_one_name_are_two_collections(tmp_path: Path) -> None:
    one = write_beir(tmp_path / "x" / "sea", {"a": SHIPS})
    two = write_beir(tmp_path / "y" / "sea", {"a": WATER})
    for folder, text in ((one, SHIPS), (two, WATER), (one, SHIPS)):
        with opening(folder, tmp_path / "data", encoder=WordEncoder()) as opened:
            assert opened.statements["a"].text == text
    assert made(tmp_path / "data") == ["sea", "sea"]


def test_a_name_as_long_as_files_may_have(tmp_path: Path) -> None:
    path = write_squad(tmp_path / f"{'d' * 250}.json", {"How many ships?": SHIPS})
    with opening(path, tmp_path / "data", encoder=WordEncoder()):
        pass
    assert made(tmp_path / "data") == ["d" * 50]


def test_of_a_corpus_only_what_changed_is_encoded(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as first:
        assert {key: statement.text for key, statement in first.statements.items()} == {
            "haiti": HAITI,
            "kenya": KENYA,
        }
    longer = paragraphs(WATER, "Debt grows")
    write_corpus(corpus, {"haiti": DOCUMENTS["haiti"].replace(HAITI, longer)})
    encoder = WordEncoder()
    with opening(suite, tmp_path / "data", [corpus], encoder) as second:
        assert second.statements["haiti"].text == longer
        assert second.statements["kenya"] == first.statements["kenya"]
        assert second.store.counts() == {"statements": 2, "versions": 3, "passages": 4}
    assert [text for text in encoder.encoded if "Kenya" in text] == []
    assert len([text for text in encoder.encoded if "Debt grows" in text]) == 2
    with opening(suite, tmp_path / "data", [corpus]):
        pass


def test_what_is_gone_from_a_corpus_is_gone_from_its_index(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl", ROWS[:1]), write_corpus(tmp_path / "corpus")
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()):
        pass
    (corpus / "haiti.md").unlink()
    with opening(suite, tmp_path / "data", [corpus]) as opened:
        assert list(opened.statements) == ["kenya"]
        assert opened.store.counts() == {"statements": 1, "versions": 1, "passages": 2}
    write_corpus(corpus, {"haiti": DOCUMENTS["haiti"]})
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        assert list(opened.statements) == ["haiti", "kenya"]


Ranked = list[tuple[str, int, float]]


def ranked(opened: Opened) -> tuple[Ranked, Ranked]:
    """Statement, start and score: by words alone, and as questions are answered."""
    found = Retriever(opened.store, opened.encoder, opened.issuers).search("ships and so the water", 9)
    caches = Caches(opened.store, opened.encoder.dim)
    rows, scores = caches.lexical.search("ships and so the water", 9)
    stored = opened.store.passages(rows.tolist())
    lexical = [
        (stored[row].statement_id, stored[row].passage.start, score)
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
    ]
    return sorted(lexical), [(hit.statement.id, hit.passage.start, hit.score) for hit in found.hits]


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_after_a_change_and_its_reversal_scores_are_those_of_a_fresh_index(
    tmp_path: Path, change: str
) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl", ROWS[2:]), write_corpus(tmp_path / "corpus")
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        fresh = ranked(opened)
    if change == "edited":
        longer = DOCUMENTS["kenya"].replace("ships", "ships and ships with ships")
        write_corpus(corpus, {"kenya": longer})
    else:
        (corpus / "kenya.md").unlink()
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        assert ranked(opened) != fresh
    write_corpus(corpus)
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        assert ranked(opened) == fresh


def test_an_update_cut_short_leaves_nothing_that_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl", ROWS[2:]), write_corpus(tmp_path / "corpus")
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()):
        pass
    monkeypatch.setattr(ingest, "_GROUP", 1)  # each statement is a group
    write_corpus(corpus, {"haiti": f"{DOCUMENTS['haiti']} Ships.", "peru": DOCUMENTS["kenya"]})
    with pytest.raises(RuntimeError), opening(suite, tmp_path / "data", [corpus], Breaking(2)):
        pass
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        found = ranked(opened)
    with opening(suite, tmp_path / "fresh", [corpus], WordEncoder()) as opened:
        assert found[0] == ranked(opened)[0]


def test_a_corpus_of_nothing_is_empty(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl", ROWS[2:]), write_corpus(tmp_path / "corpus")
    for _ in range(2):
        with opening(suite, tmp_path / "data", [corpus], WordEncoder()):
            pass
        for path in corpus.iterdir():
            path.unlink()
    with opening(suite, tmp_path / "data", [corpus]) as opened:
        assert opened.statements == {}
        assert opened.store.counts() == {"statements": 0, "versions": 0, "passages": 0}


def test_a_corpus_for_a_suite_that_has_its_own(tmp_path: Path) -> None:
    folder, corpus = write_beir(tmp_path / "sea", {"a": SHIPS}), write_corpus(tmp_path / "corpus")
    with (
        pytest.raises(CorpusError, match=r"^sea brings its own statements; --corpus is for"),
        opening(folder, tmp_path / "data", [corpus]),
    ):
        pass
    assert not (tmp_path / "data").exists()


def test_a_file_of_a_corpus_that_cannot_be_read(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    (corpus / "broken.txt").write_bytes(b"")
    message = f"1 files cannot be read, the first: {corpus / 'broken.txt'}: empty; expected a text"
    with pytest.raises(CorpusError, match=re.escape(message)), opening(suite, tmp_path / "data", [corpus]):
        pass


def test_a_data_folder_is_asked_as_it_is(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    with pytest.raises(StoreError, match="no statements in"), opening(suite, tmp_path / "data"):
        pass
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as made_of_files:
        folder = made_of_files.store.folder
    with opening(suite, folder) as opened:
        assert opened.statements == made_of_files.statements
        assert opened.store.folder == folder


def test_another_model_has_another_index(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    for name in ("words", "other"):
        settings = settings_of(tmp_path / "data", name)
        with open_suite([suite], settings, [corpus], load=loading(WordEncoder(name))) as opened:
            folder = opened.store.folder
            assert opened.store.model == settings.model
    assert made(tmp_path / "data") == ["corpus", "corpus"]
    with pytest.raises(StoreError, match="was indexed with model"), opening(suite, folder):
        pass


def test_a_model_trained_again_in_its_folder_has_another_index(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    model = tmp_path / "tuned"
    model.mkdir()
    settings, folders = settings_of(tmp_path / "data", str(model)), []
    for weights in ("ab", "cd", "ab"):
        (model / "weights").write_text(weights)
        with open_suite([suite], settings, [corpus], load=loading(WordEncoder(str(model)))) as opened:
            assert opened.model_sha256 == model_digest(settings.model)
            assert opened.encoder.encode_questions(["peace"]).tolist() == [word_vector("peace").tolist()]
            folders.append(opened.store.folder.name)
    assert folders[0] == folders[2] != folders[1]


def test_vectors_of_questions_are_of_the_model_as_it_was_trained_last(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    model = tmp_path / "tuned"
    model.mkdir()
    settings, load = settings_of(tmp_path / "data", str(model)), loading(WordEncoder(str(model)))
    with open_suite([suite], settings, [corpus], load=load) as opened:
        settings = replace(settings, data=opened.store.folder)  # one index for both
    with open_suite([suite], settings, load=load) as opened:
        opened.encoder.encode_questions(["peace"])
    with open_suite([suite], settings, load=no_model) as opened:
        opened.encoder.encode_questions(["peace"])
    (model / "weights").write_text("ab")
    with (
        pytest.raises(AssertionError, match="is loaded"),
        open_suite([suite], settings, load=no_model) as opened,
    ):
        opened.encoder.encode_questions(["peace"])


def test_passages_cut_in_another_way_have_another_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    beir = write_beir(tmp_path / "sea", {"a": SHIPS})
    for digest in ("ab", "ab", "cd"):
        monkeypatch.setattr(indexes, "passages_digest", lambda digest=digest: digest)
        for path, files in ((suite, [corpus]), (beir, [])):
            with opening(path, tmp_path / "data", files, WordEncoder()):
                pass
    assert made(tmp_path / "data") == ["corpus", "corpus", "sea", "sea"]


def test_what_was_encoded_before_a_crash_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_GROUP", 1)  # each statement is a group
    folder = write_beir(tmp_path / "sea", {"a": SHIPS, "b": WATER, "c": PEACE})
    with (
        pytest.raises(RuntimeError, match="switched off"),
        opening(folder, tmp_path / "data", encoder=Breaking(4)),
    ):
        pass
    encoder = WordEncoder()
    with opening(folder, tmp_path / "data", encoder=encoder) as opened:
        assert sorted(opened.statements) == ["a", "b", "c"]
    assert encoder.encoded == [PEACE, PEACE]


def test_progress_hears_of_characters_and_passages(tmp_path: Path) -> None:
    heard: list[tuple[float, int]] = []
    totals: list[int] = []
    folder = write_beir(tmp_path / "sea", {"a": SHIPS, "b": WATER})

    @contextmanager
    def progress(total: int) -> Iterator[Callable[[float, int], None]]:
        totals.append(total)
        yield lambda done, more: heard.append((done, more))

    with open_suite([folder], settings_of(tmp_path / "data"), (), progress, loading(WordEncoder())):
        pass
    assert totals == [len(SHIPS) + len(WATER)]
    assert sum(done for done, _ in heard) == pytest.approx(totals[0])
    assert sum(more for _, more in heard) == 2


def test_what_others_write_meanwhile_is_not_seen_and_is_told(tmp_path: Path) -> None:
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")

    def ask_while_another_writes() -> None:
        with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
            other = open_store(opened.store.folder)
            assert other.remove("haiti")
            other.close()
            assert opened.store.statement("haiti") == opened.statements["haiti"]

    with pytest.raises(StoreError, match="was changed while the questions were asked; ask them again"):
        ask_while_another_writes()
