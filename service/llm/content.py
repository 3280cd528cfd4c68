"""The words of a text that say something, as the checks compare them."""

from __future__ import annotations

import re
from functools import lru_cache

from service.asked import stem

_WORD = re.compile(r"\0|[^\W_]+(?:['’]t\b)?")
_SAID_OF_ALL = """
    a about after again against all also am among an and any are as at be because been before being
    between both but by can could did do does doing during each else ever every for from further had
    has have having he her him his how i if in into is it its itself just may me might more most
    much my now of off on one only or other our out over own same shall she should since so some
    such than that the their them then there these they this those through to too towards under
    until up upon us very was we were what when where whether which while who whom whose why will
    with within would you your must let said says say saying stated states state stating added told
    longer s
"""
_EMPTY = frozenset(_SAID_OF_ALL.split())


def words(text: str) -> list[str]:
    """Stems of the words that say something, in order: "the talks that failed" -> ["talk", "fail"]."""
    return [_root(word) for word in _WORD.findall(text.casefold()) if word not in _EMPTY]


@lru_cache(maxsize=20_000)
def _root(word: str) -> str:
    root = stem(word)
    return root.rstrip("eiy") if len(root) > 5 else root
