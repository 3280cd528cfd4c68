"""The line of metadata above a passage, so that its vector and its words know who speaks, and when."""

from __future__ import annotations

from corpus.metadata import Described

_LONGEST = 300  # bytes of UTF-8: about 60 tokens, and no more than 100 where a character is one


def heading(statement: Described) -> str:
    """Issuers (speakers, posts), date. Title.

    Example: "Brazil (Lula da Silva, President), 2024. General Debate, 79th session"
    """
    speakers = "; ".join(", ".join(filter(None, (who.name, who.post))) for who in statement.speakers)
    who = ", ".join(statement.issuers) + (f" ({speakers})" if speakers else "")
    return ". ".join(filter(None, (", ".join(filter(None, (who, statement.date))), statement.title)))[
        :_LONGEST
    ]


def headed(statement: Described, text: str) -> str:
    """The text below the heading of its statement, as it is encoded and indexed."""
    line = heading(statement)
    return f"{line}\n{text}" if line else text
