"""The words of a written sentence that its evidence does not have.

The other checks see what they know: numbers, names, negation, scales of wording. None sees that "welcomes
the talks" became "has left the talks", and neither do cosines: of these two .77, of a fair paraphrase often
less. So all words that carry matter must be the evidence's own, until a model that reads can judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.llm.content import words
from service.llm.strength import wordings
from service.llm.support import Shown

# What may be added: that somebody says it, and who that is. Numbers have a check of their own.
_REPORTING = frozenset(
    words(
        """
        say says said saying tell tells told speak speaks spoke spoken speaking state states stated stating
        express expresses expressed expressing add adds added stress stresses stressed emphasise emphasised
        emphasize emphasized underline underlined highlight highlights highlighted mention mentions mentioned
        refer refers referred report reports reported describe describes described explain explains explained
        declare declares declared affirm affirms affirmed reaffirm reaffirms reaffirmed reiterate reiterates
        reiterated recall recalls recalled remark remarks remarked point points pointed address addressed
        call calls called consider considers considered regard regards regarded believe believes believed
        according joint jointly together respectively statement statements speech speeches words view views
        country countries government governments delegation president minister representative one two three
        four five six seven eight nine ten hundred hundreds thousand thousands million millions billion
        billions
        """
    )
)
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"[’']s\b")
_NAME = re.compile(r"(?<=\s)[“\"‘(]?[A-Z][\w'’.&-]*|\b[A-Z][\w.&-]*[A-Z][\w'’]*")  # checked as names


def shared_words(sentence: str, cited: Sequence[Shown]) -> list[str]:
    """Stems of the words that carry matter and stand in what is cited, once each: what is only in its
    headings, or reports that somebody speaks, does not count.

    Example: "Norway leads the talks.", evidence "We welcome the talks." of Norway -> ["talk"]
    """
    headings = {root for shown in cited for root in words(shown.about)}
    theirs = {root for shown in cited for root in words(shown.text)}
    return list(dict.fromkeys(root for root in words(sentence) if root in theirs - headings - _REPORTING))


def own_words(sentence: str, cited: Sequence[Shown]) -> list[str]:
    """The words that carry matter and are neither in what is cited nor in its headings, in order.

    Left to other checks are names, numbers, and wordings of service.llm.strength where the evidence has one
    of the same scale.
    Example: "Norway has left the talks.", evidence "Norway welcomes the talks." -> ["left"]
    """
    scales = {wording.scale for shown in cited for wording in wordings(shown.text)}
    for wording in wordings(sentence):
        if wording.scale in scales:
            gap = " " * (wording.end - wording.start)
            sentence = sentence[: wording.start] + gap + sentence[wording.end :]
    known = {root for shown in cited for root in words(f"{shown.text} {shown.about}")} | _REPORTING
    plain = _NAME.sub(" ", _POSSESSIVE.sub("", sentence))
    return [match for match in _WORD.findall(plain) if not known.issuperset(words(match))]
