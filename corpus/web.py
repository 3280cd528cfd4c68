"""Web pages as text with a blank line between paragraphs, and the metadata they state."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import trafilatura

from corpus.dates import parse_date
from corpus.files import decode
from corpus.metadata import Metadata, language_code, one_line, web_address
from corpus.statement import CorpusError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # lxml's elements offer the same

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
# In the words of trafilatura's trees, then of HTML's.
_BLOCK_TAGS = (
    "head item row list table quote p h1 h2 h3 h4 h5 h6 div section article main ul ol li tr dt dd hr pre"
    " blockquote header footer figure figcaption address aside details summary fieldset caption"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNSEEN = frozenset(("script", "style", "noscript", "template", "nav", "form", "button", "svg", "iframe"))
_CELLS = frozenset(("cell", "td", "th"))
_BREAKS = frozenset(("lb", "br"))
# Where pages state the day of publication; a date found anywhere else may be the footer's.
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "citation_publication_date",
    "dcterms.issued",
    "dcterms.date",
    "dc.date.issued",
    "dc.date",
    "date",
)
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')


def read_html(data: bytes, place: str) -> tuple[str, Metadata]:
    """The main text of a page, and title, date, address and language where the page states them.

    The declared character set counts, else the rules of `decode`. Where no main text is found, the whole
    body is taken, without scripts and navigation. Nothing is fetched. Raises CorpusError naming `place`.
    """
    page = _DECLARATION.sub("", _decode_html(data, place).removeprefix("\ufeff"))
    if "<html" not in page[:10_000].lower():
        page = f"<html><body>{page}</body></html>"
    try:
        tree = trafilatura.load_html(page)
        if tree is None:
            raise ValueError("no elements")
        main = getattr(trafilatura.bare_extraction(tree, include_comments=False), "body", None)
        return _blocks(main, frozenset()) or _blocks(tree.find(".//body"), _UNSEEN), _stated(tree)
    except Exception as error:  # whatever a parser trips over in a hostile page
        raise CorpusError(f"{place}: cannot be read as HTML: {type(error).__name__}: {error}") from error


def _decode_html(data: bytes, place: str) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) and b"\0" not in data:
        try:
            name = codecs.lookup(declared[1].decode()).name
            # As browsers do: "latin 1" means Windows-1252.
            return data.decode("cp1252" if name in ("iso8859-1", "ascii") else name)
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration is common; the content decides
    return decode(data, place)


def _blocks(element: Element | None, unseen: frozenset[str]) -> str:
    """The text of a tree: blocks apart by a blank line, white space within them as one space."""
    parts = "".join(_pieces(element, unseen)) if element is not None else ""
    blocks = ("\n".join(map(_squeezed, block.split("\v"))).strip() for block in parts.split("\f"))
    return "\n\n".join(filter(None, blocks))


def _pieces(element: Element, unseen: frozenset[str]) -> Iterator[str]:
    r"""Text in document order, with "\f" around blocks and "\v" for line breaks: neither occurs in HTML."""
    if isinstance(element.tag, str) and element.tag not in unseen:
        edge = "\f" if element.tag in _BLOCKS else "\v" if element.tag in _BREAKS else ""
        edge = "\t" if element.tag in _CELLS else edge
        yield edge
        yield _inline(element.text)
        for child in element:
            yield from _pieces(child, unseen)
        yield edge if edge != "\v" else ""
    yield _inline(element.tail)


def _inline(text: str | None) -> str:
    return re.sub(r"[\f\v]", " ", text or "")


def _squeezed(line: str) -> str:
    return " ".join(re.split(r"[ \t\r\n]+", line)).strip(" ")


def _stated(tree: Element) -> Metadata:
    found = trafilatura.extract_metadata(tree)
    language = language_code(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return Metadata(
        title=one_line(found.title or ""),
        date=_published(tree),
        language=language,
        url=web_address(found.url or ""),
    )


def _published(tree: Element) -> str:
    stated = {
        str(element.get("property") or element.get("name") or element.get("itemprop")).lower(): element
        for element in reversed(tree.findall(".//*[@content]"))
    }
    published = {day for script in tree.iter("script") for day in _PUBLISHED.findall(script.text or "")}
    values = [stated[name].get("content", "") for name in _DATE_NAMES if name in stated]
    return _first_date(values + list(published if len(published) == 1 else ()))


def _first_date(values: Iterable[str]) -> str:
    for value in values:
        try:
            return parse_date(value)
        except ValueError:
            continue
    return ""
