"""Where the caret stands in a plan's text, even while the text is half written and no reader would take it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.plan.tree import FieldPath

_KEY = re.compile(r"^( *)((?:- +)*)(?:([\w.+-]+|\"[^\"]*\") *:(?= |$))?(.*)$")
_BLOCK_TEXT = re.compile(r": *[|>][-+]?\d? *(#.*)?$")


@dataclass(frozen=True)
class CaretPlace:
    """What is being written.

    Args:
        path: of the part in whose fields the caret stands, or of the field whose value is being written.
        prefix: what is typed of the word so far.
        is_value: a value, not a field's name.
        indent: columns before the name.
        in_flow: inside of `{...}` or `[...]`.
    """

    path: FieldPath
    prefix: str
    is_value: bool
    indent: int = 0
    in_flow: bool = False


def caret_place(text: str, offset: int) -> CaretPlace | None:
    """The place at a character; None in comments and in texts over several lines."""
    lines = text[:offset].split("\n")
    parents = _parents(lines[:-1], lines[-1])
    if parents is None:
        return None
    scan = _Scan(parents[0], parents[1])
    return scan.run(lines[-1])


def _parents(above: list[str], line: str) -> tuple[FieldPath, int] | None:
    """Path of the block that the line stands in, and the line's indentation; None inside of a text block."""
    indent = len(line) - len(line.lstrip(" "))
    is_item = line.lstrip(" ").startswith("- ")
    path: list[str | int] = []
    limit = indent
    for previous in reversed(above):
        if not previous.strip() or previous.lstrip().startswith("#"):
            continue
        found = _KEY.match(previous)
        if found is None:
            continue
        margin, dashes, name = len(found[1]), found[2], found[3]
        column = margin + len(dashes)
        if dashes and column <= limit and margin < limit:
            path.insert(0, 0)  # which item it is makes no difference to its fields
            limit = margin + (1 if name is None or column > limit else 0)
            if name is None or column >= indent:
                continue
        if name is None or not (column < limit or (is_item and not path and column == limit)):
            continue
        if _BLOCK_TEXT.search(previous) and column < indent:
            return None
        path.insert(0, name.strip('"'))
        limit, is_item = column, False
        if column == 0:
            break
    return tuple(path), indent


class _Scan:
    """Reads one line up to the caret; keeps track of brackets."""

    def __init__(self, path: FieldPath, indent: int) -> None:
        self._levels: list[tuple[str, FieldPath]] = [("block", path)]
        self._indent = indent
        self._word, self._key = "", ""
        self._is_value = False

    def run(self, line: str) -> CaretPlace | None:
        rest = line[self._indent :]
        while rest.startswith("- "):
            kind, path = self._levels[-1]
            self._levels[-1] = (kind, (*path, 0))
            rest, self._indent = rest[2:], self._indent + 2
        quote, previous = "", " "
        for position, character in enumerate(rest):
            if quote:
                quote = "" if character == quote else quote
            elif character in "\"'" and not self._word:
                quote = character
            elif character == "#" and previous in " \t":
                return None
            else:
                self._take(character, rest[position + 1 : position + 2])
            previous = character
        return None if quote else self._place()

    def _take(self, character: str, following: str) -> None:
        kind, path = self._levels[-1]
        if character in "{[" and not self._word:
            inner = (*path, self._key) if self._is_value and kind != "[" else path
            self._levels.append((character, (*inner, 0) if character == "[" else inner))
            self._word, self._key, self._is_value = "", "", character == "["
        elif character in "}]" and len(self._levels) > 1:
            self._levels.pop()
            self._word, self._key, self._is_value = "", "", True
        elif character == "," and len(self._levels) > 1:
            self._word, self._is_value = "", kind == "["
        elif character == ":" and not self._is_value and following in ("", " "):
            self._key, self._word, self._is_value = self._word.strip(), "", True
        elif character != " " or self._word:
            self._word += character

    def _place(self) -> CaretPlace:
        kind, path = self._levels[-1]
        whole = (*path, self._key) if self._is_value and kind != "[" and self._key else path
        return CaretPlace(whole, self._word, self._is_value, self._indent, len(self._levels) > 1)
