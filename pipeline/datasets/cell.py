"""A table's cell as text."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_LINE_ENDS = re.compile(r"\r\n?")
_BETWEEN_WORDS = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")
_COMPARED = re.compile(r"[^\w]+")
_ASCII_FOLDED = {code: _COMPARED.sub(" ", chr(code).lower()) for code in range(128)}


def cell_text(value: Any) -> str:
    """The text of one cell: NFC, without blanks around it, lines ended by a line feed; empty for a missing value."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _written(value)
    if "\r" in text or "\x00" in text:
        text = _LINE_ENDS.sub("\n", text.replace("\x00", ""))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).strip("\ufeff")
    return text.strip()


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else str(value)


def folded(text: str) -> str:
    """How texts are compared: without case, punctuation, and the width or kind of blanks."""
    if text.isascii():
        words = text.translate(_ASCII_FOLDED).split()
    else:
        words = _COMPARED.sub(" ", unicodedata.normalize("NFKC", text).casefold()).split()
    return " ".join(words or text.split())


def label_key(label: str) -> str:
    """What spellings of one label have in common: neither case nor what parts its words matters; `-1` is not `1`."""
    return _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", label).casefold()).strip()
