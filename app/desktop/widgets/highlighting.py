"""Colours for text: own expressions for YAML and JSON, Pygments line by line for other small files."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.desktop.theme.theme import theme

_YAML = re.compile(
    r"""(?P<comment>(?:(?<=\s)|^)\#.*$|^⋯.*$)
    |(?P<key>(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z_][\w.+/@-]*)(?=\s*:(?:\s|$)))
    |(?P<string>"(?:[^"\\]|\\.)*"?|(?<![\w])'[^']*'?)
    |(?P<number>(?<![\w./:@-])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w./:@-]))
    |(?P<word>(?<![\w./-])(?:true|false|null|auto|~)(?![\w./-]))
    |(?P<sign>[{}\[\],]|^\s*-(?=\s)|:(?=\s|$))""",
    re.VERBOSE,
)
_JSON = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))
    |(?P<string>"(?:[^"\\]|\\.)*"?)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    |(?P<word>\b(?:true|false|null)\b)
    |(?P<sign>[{}\[\],:])""",
    re.VERBOSE,
)
_TEXT_BEGINS = re.compile(r"^(\s*)(?:- +)?(?:[^#'\"]*?:)?\s*[|>][-+0-9]*\s*(?:\#.*)?$")
_COLOURS = {"comment": "faint", "key": "key", "string": "str_", "number": "num", "word": "kw", "sign": "muted"}


def _format(token: str, *, is_italic: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme().color(token))
    if is_italic:
        made.setFontItalic(True)
    return made


class Highlighter(QSyntaxHighlighter):
    """Colours one line after the other; follows the theme."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._recolour()
        theme().changed.connect(self._again)

    def _recolour(self) -> None:
        self._formats = {name: _format(token) for name, token in _COLOURS.items()}
        self._formats["comment"] = _format("faint", is_italic=True)
        self._formats["heading"] = _format("key")
        self._formats["heading"].setFontWeight(QFont.Weight.DemiBold)

    def _again(self) -> None:
        self._recolour()
        self.rehighlight()

    def _colour(self, expression: re.Pattern[str], text: str) -> None:
        for found in expression.finditer(text):
            self.setFormat(found.start(), found.end() - found.start(), self._formats[found.lastgroup or "sign"])


class YamlHighlighter(Highlighter):
    """YAML; texts over several lines (`|` and `>`) are coloured as texts."""

    def highlightBlock(self, text: str) -> None:  # noqa: N802, Qt's name
        outside = self.previousBlockState()  # indentation of the text's field + 1, when inside of one
        indent = len(text) - len(text.lstrip())
        if outside > 0 and (not text.strip() or indent >= outside):
            self.setFormat(0, len(text), self._formats["string"])
            self.setCurrentBlockState(outside)
            return
        self._colour(_YAML, text)
        begins = _TEXT_BEGINS.match(text)
        self.setCurrentBlockState(len(begins[1]) + 1 if begins else 0)


class JsonHighlighter(Highlighter):
    """JSON and JSON lines."""

    def highlightBlock(self, text: str) -> None:  # noqa: N802, Qt's name
        if len(text) <= 5_000:  # a longer record is not read in an editor
            self._colour(_JSON, text)


class PygmentsHighlighter(Highlighter):
    """Any language that Pygments knows, each line for itself: what goes over lines is coloured line by line."""

    def __init__(self, document: QTextDocument, lexer: Any) -> None:
        self._lexer = lexer
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:  # noqa: N802, Qt's name
        if not text.strip() or len(text) > 2_000:
            return
        for start, kind, part in self._lexer.get_tokens_unprocessed(text + "\n"):
            name = _role(str(kind))
            if name:
                self.setFormat(start, min(len(part), len(text) - start), self._formats[name])


@cache
def _role(kind: str) -> str:
    for prefix, name in (
        ("Token.Comment", "comment"),
        ("Token.Literal.String", "string"),
        ("Token.Literal.Number", "number"),
        ("Token.Keyword", "word"),
        ("Token.Name.Tag", "key"),
        ("Token.Name.Attribute", "key"),
        ("Token.Name.Function", "key"),
        ("Token.Name.Class", "key"),
        ("Token.Name.Decorator", "word"),
        ("Token.Generic.Heading", "heading"),
        ("Token.Generic.Subheading", "heading"),
        ("Token.Punctuation", "sign"),
    ):
        if kind.startswith(prefix):
            return name
    return ""


def highlighter_for(name: str, document: QTextDocument) -> Highlighter | None:
    """The highlighter that suits a file's name; None for plain text."""
    ending = name.lower().rpartition(".")[2]
    if ending in ("yaml", "yml"):
        return YamlHighlighter(document)
    if ending in ("json", "jsonl", "ndjson"):
        return JsonHighlighter(document)
    if ending in ("txt", "log", "csv", "tsv", name.lower()):
        return None
    from pygments.lexers import get_lexer_for_filename  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        return PygmentsHighlighter(document, get_lexer_for_filename(name, ensurenl=False, stripnl=False))
    except ClassNotFound:
        return None
