"""HTML, by lxml: the page's main part, as sections of text and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.datasets.readers.document import Document, sections, table_text
from pipeline.datasets.readers.table import Table
from pipeline.datasets.readers.text import DecodedText
from pipeline.errors import BadInput

_LOOKS_LIKE = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_UNSEEN = ("script", "style", "template", "noscript", "svg", "head", "nav", "iframe", "form", "button", "aside")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCK_TAGS = (
    "address article blockquote br caption dd details div dl dt figcaption figure footer header hr li main ol p pre "
    "section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_MOSTLY = 0.3  # of a page's text: below it, its <main> is a frame for something else


def looks_like_html(text: str) -> bool:
    """Whether a text begins like a page."""
    return bool(_LOOKS_LIKE.match(text[:4000]))


def read_html(decoded: DecodedText, path: Path) -> Table:
    """Reads a page: its table where it is one, its conversation, or a row per section.

    Raises:
        BadInput: `data.unreadable`, `data.no_text`.
    """
    from lxml import etree, html

    # The encoding is known by now: what the page declares would be applied a second time.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded.text)
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(no_network=True, huge_tree=False, encoding=None))
    except (etree.LxmlError, ValueError) as error:
        raise BadInput(
            "data.unreadable", f"{path} can't be read as HTML: {str(error)[:200]}.", "Save it again."
        ) from error
    for element in list(root.iter(*_UNSEEN)):
        element.clear(keep_tail=True)  # taking it out would join texts, which fails where one has a control character
    document = Document(path, "html", decoded.encoding, problems=list(decoded.problems))
    main = _main_part(root)
    document.tables = [cells for table in main.iter("table") if not _is_layout(table) and (cells := _cells(table))]
    document.sections = list(_numbered_sections(main))
    return document.as_table()


def _main_part(root: Any) -> Any:
    total = len(" ".join(root.text_content().split()))
    for tag in ("main", "article"):
        found = list(root.iter(tag))
        if len(found) == 1 and len(" ".join(found[0].text_content().split())) > _MOSTLY * total:
            return found[0]
    return root


def _is_layout(table: Any) -> bool:
    """Tables that hold tables, or one column, only arrange a page."""
    return table.find(".//table") is not None or all(len(row) < 2 for row in _cells(table))


def _cells(table: Any) -> list[list[str]]:
    rows = [[" ".join(cell.text_content().split()) for cell in row.iter("td", "th")] for row in table.iter("tr")]
    return [row for row in rows if row]


def _numbered_sections(main: Any) -> Iterator[tuple[int, str]]:
    lines = list(_lines(main))
    while lines and lines[-1][0]:
        lines.pop()  # a heading of what was left out
    return enumerate((text for _, text in sections((0, *line) for line in lines)), start=1)


def _lines(main: Any) -> Iterator[tuple[bool, str]]:
    """(is a heading, text) of every block, in reading order; iterative, since pages nest deeper than Python calls."""
    from lxml import etree

    pieces: list[str] = []
    skipped: Any = None

    def flushed(*, is_heading: bool = False, mark: str = "") -> Iterator[tuple[bool, str]]:
        text = " ".join("".join(pieces).split())
        pieces.clear()
        if text:
            yield is_heading, mark + text

    for event, element in etree.iterwalk(main, events=("start", "end")):
        if not isinstance(element.tag, str) or (skipped is not None and element is not skipped):
            continue
        is_heading = element.tag in _HEADINGS
        if event == "start":
            if element.tag in _BLOCKS or is_heading:
                yield from flushed()
            if element.tag == "table" and not _is_layout(element):
                skipped = element
                yield False, table_text(_cells(element))
                continue
            pieces.append(("- " if element.tag == "li" else "") + (element.text or ""))
            continue
        if skipped is None or element is skipped:
            if is_heading:
                yield from flushed(is_heading=True, mark="#" * int(element.tag[1]) + " ")
            elif element.tag in _BLOCKS:
                yield from flushed()
            skipped = None
            pieces.append(element.tail or "" if element is not main else "")
    yield from flushed()
