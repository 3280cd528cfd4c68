"""A follow-up question in words that can be understood without the conversation before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing

from corpus.metadata import one_line
from index.question import Question
from service.asked import names_asked, stems
from service.llm.content import words
from service.llm.generator import Generator, GeneratorError
from service.llm.marked import spoken
from service.llm.prompts import rewriting

Turn = tuple[str, str]  # a role of the OpenAI protocol, and a text

_SPEAKERS = ("user", "assistant")
_TURNS = 6  # that are read before the last
_TURN = 1000  # characters of each
_LONGEST = 300  # characters by which other words may be longer
_NEW = 2  # words in it that nobody said
_LABEL = re.compile(r"^[\W_]*(?:(?:last|standalone|rewritten) )?question:\s*", re.IGNORECASE)


def last_question(turns: Sequence[Turn]) -> str:
    """What the user said last. ValueError if it is nothing."""
    said = [text for role, text in turns if role == "user"]
    if not said:
        raise ValueError("the conversation has no turn of the role 'user'; expected a question in the last")
    return said[-1]


def standalone(generator: Generator, turns: Sequence[Turn]) -> str:
    """The last question of a conversation in words of its own; as it is, where there is nothing before it or
    what the model writes cannot be it.

    It cannot be if it is empty or too long, names what the conversation does not name, leaves out a name or
    number of the question, or has more than a few words that nobody said.
    """
    question = last_question(turns)
    place = max(at for at, (role, _) in enumerate(turns) if role == "user")
    earlier = [(role, text[:_TURN]) for role, text in turns[:place] if role in _SPEAKERS][-_TURNS:]
    if not earlier or len(question) > _TURN:
        return question
    try:
        with closing(generator.write(rewriting([*earlier, ("user", question)]))) as pieces:
            written = _first_line("".join(spoken(pieces)))
    except GeneratorError:
        return question
    said = " ".join([*(text for _, text in earlier), question])
    return written if _can_be(written, question, said) else question


def _first_line(text: str) -> str:
    line = next(filter(None, map(one_line, text.splitlines())), "")
    return _LABEL.sub("", line).strip(" \"“”'*`")


def _can_be(written: str, question: str, said: str) -> bool:
    if not any(map(str.isalnum, written)) or len(written) > _LONGEST + len(question):
        return False
    if len(set(words(written)) - set(words(said))) > _NEW:
        return False
    named = names_asked(Question(written))
    return named <= stems(said) and names_asked(Question(question)) <= stems(written)
