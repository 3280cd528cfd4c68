from __future__ import annotations

from pathlib import Path

import pytest

from corpus.issuers import load_issuers
from corpus.readers import find_files, packaged_statements
from corpus.statement import Statement
from index.caches import Caches
from index.encoder import ModelSettings, SentenceTransformerEncoder, load_encoder
from index.hits import Filters
from index.ingest import encode, passages_of, read, write
from index.retriever import Retriever
from index.store import Store, open_store
from service.answer import Answer
from service.answerer import Answerer
from service.confidence import load_calibration
from service.verify import Claim, verify

REFERENCE = "EU-KOR_2024-11-04_dprk-russia"


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return load_encoder(ModelSettings())


@pytest.fixture(scope="module")
def store(encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(tmp_path_factory.mktemp("data"), create=True)
    reading = read(store, find_files([packaged_statements()]), load_issuers())
    assert [outcome.status for outcome in write(store, reading, encoder)] == ["added"]
    return store


def answerer_over(store: Store, encoder: SentenceTransformerEncoder) -> Answerer:
    retriever = Retriever(store, encoder, load_issuers())
    return Answerer(retriever, load_calibration(encoder.settings.name), {"encoder": encoder.settings.name})


@pytest.fixture(scope="module")
def answerer(store: Store, encoder: SentenceTransformerEncoder) -> Answerer:
    return answerer_over(store, encoder)


@pytest.mark.parametrize(
    ("question", "paragraph", "words"),
    [
        ("Who signed the statement?", 0, "Josep Borrell and Minister of Foreign Affairs"),
        ("Who signed the joint statement of the EU and the Republic of Korea?", 0, "Josep Borrell"),
        ("What do they condemn?", 1, "We condemn in the strongest possible terms"),
        ("What do they call on the DPRK and Russia to do?", 3, "withdraw DPRK troops from Russia"),
        ("What do they call for?", 3, "We strongly call on the DPRK and Russia"),
        ("What does the joint statement call for?", 3, "We strongly call on the DPRK and Russia"),
        ("What worries them about technology transfer?", 2, "ballistic missile-related technology"),
        ("What do they say about the NPT?", 3, "Nuclear Non-Proliferation Treaty"),
        ("What do they say about Minister Lavrov?", 3, "as expressed by Foreign Minister Sergey Lavrov"),
        ("Which regions' security do they link?", 4, "the Indo-Pacific and European regions"),
    ],
)
def test_the_reference_statement_is_quoted_where_it_answers(
    answerer: Answerer, question: str, paragraph: int, words: str
) -> None:
    answer = answerer.answer(question)
    assert answer.status == "answered"
    cited = [citation.quote for citation in answer.citations if citation.paragraph == paragraph]
    assert any(words in quote for quote in cited), [citation.quote for citation in answer.citations]


@pytest.mark.parametrize(
    "question",
    [
        "Which sanctions were adopted?",
        "Which sanctions did the EU and the Republic of Korea adopt?",
        "How many troops were sent?",
        "How many North Korean soldiers have been sent to Russia?",
        "How do I bake bread?",
    ],
)
def test_what_the_reference_statement_does_not_say_is_not_found(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert (answer.status, answer.answer, answer.sentences, answer.citations) == ("not_found", "", (), ())
    assert (answer.searched.statements, answer.searched.passages) == (1, 5)
    assert [hit.statement.id for hit in answer.nearest] == [REFERENCE] * 5


def test_every_quote_is_a_copy_and_verifies(store: Store, answerer: Answerer) -> None:
    answer = answerer.answer("What do they call on the DPRK and Russia to do?")
    statement = store.statement(REFERENCE)
    assert statement is not None
    assert [statement.text[c.start : c.end] for c in answer.citations] == [c.quote for c in answer.citations]
    claims = [Claim(c.statement_id, c.quote, c.version, c.start, c.end) for c in answer.citations]
    assert [check.status for check in verify(store, claims)] == ["valid"] * len(claims)


def test_a_quote_is_introduced_by_who_said_it_and_when(answerer: Answerer) -> None:
    answer = answerer.answer("What do they condemn?")
    assert answer.answer.startswith(
        "European Union and Republic of Korea, joint statement, 4 November 2024: “We condemn in the strongest"
    )
    assert [sentence.citations for sentence in answer.sentences] == [
        (citation.n,) for citation in answer.citations
    ]
    for number, sentence in enumerate(answer.sentences, 1):
        assert sentence.text.endswith(f" [{number}]")


def test_the_same_question_gives_the_same_answer(answerer: Answerer) -> None:
    first, second = (answerer.answer("What do they say about the NPT?") for _ in range(2))
    assert (first.id, first.citations, first.confidence) == (second.id, second.citations, second.confidence)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(issuers=("Brazil",)),
        Filters(date_to="2024-11-03"),
        Filters(statements=("other",)),
        Filters(languages=("fr",)),
    ],
    ids=["issuer", "date", "statement", "language"],
)
def test_what_the_filters_leave_out_is_not_searched(answerer: Answerer, filters: Filters) -> None:
    answer = answerer.answer("What do they condemn?", filters)
    assert (answer.status, answer.searched.statements, answer.searched.passages) == ("not_found", 0, 0)
    assert answer.nearest == ()
    assert answer.searched.filters == filters


def put(store: Store, encoder: SentenceTransformerEncoder, identity: str, text: str) -> None:
    statement = Statement(id=identity, text=text, title="A note", issuers=("Norway",), date="2023")
    ready = encode([(statement, passages_of(statement, encoder))], encoder)[0]
    store.put(ready, f"{identity}.txt", encoder.settings)


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations) + " ".join(
        h.text for h in answer.nearest
    )


def test_superseded_and_removed_text_is_never_cited(
    encoder: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    store = open_store(tmp_path, create=True)
    put(
        store,
        encoder,
        "note",
        "Norway pledges ten million crowns to the reindeer herders this year.",
    )
    put(
        store,
        encoder,
        "other",
        "Norway welcomes the conference on the protection of whales.",
    )
    Caches(store, encoder.dim).save(store)
    answerer = answerer_over(store, encoder)
    question = "How much does Norway pledge to the reindeer herders?"
    assert "ten million" in quotes(answerer.answer(question))

    put(
        store,
        encoder,
        "note",
        "Norway pledges twelve million crowns to the reindeer herders this year.",
    )
    after_update = quotes(answerer.answer(question))
    assert "twelve million" in after_update
    assert "ten million" not in after_update

    store.remove("note")
    for fresh in (answerer, answerer_over(store, encoder)):
        answer = fresh.answer(question)
        assert "million" not in quotes(answer)
        assert answer.searched.statements == 1


@pytest.mark.parametrize("question", ["", " ", "?!", "\x00\x1b", "x" * 100_000], ids=len)
def test_what_is_no_question_is_refused(answerer: Answerer, question: str) -> None:
    with pytest.raises(ValueError, match=r"^the question (is|has)"):
        answerer.answer(question)


def test_control_characters_in_a_question_are_spaces(answerer: Answerer) -> None:
    assert answerer.answer("What do\x1b they\ncondemn?").question == "What do they condemn?"
