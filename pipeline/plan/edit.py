"""Edits of plan text in place: only the characters of the changed value move, so comments and order stay the user's.

Writing the parsed document out again would be shorter code, but YAML writers re-wrap, re-indent, and lose the comments
that stand behind a replaced list; a diff of one field must be one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.plan.fields import names_at
from pipeline.plan.rendering import field_lines, flow, part_lines, scalar
from pipeline.plan.tree import Entry, FieldPath, Tree, read_tree

_COMMENT = re.compile(r"[ \t]+#.*")
REMOVED = object()


def set_value(text: str, path: FieldPath, value: Any) -> str:
    """Plan text in which the field at `path` has `value`; adds the field and its parents where they are absent."""
    return _TextEdit(read_tree(text, "plan")).set(path, value)


def with_each(text: str, values: Sequence[tuple[FieldPath, Any]]) -> list[str]:
    """For each value the plan text with that one alone; the text is read once."""
    edit = _TextEdit(read_tree(text, "plan"))
    return [edit.set(path, value) for path, value in values]


def with_all(text: str, changes: Iterable[tuple[FieldPath, Any]]) -> str:
    """Plan text after all changes, none of which lies in another; the value `REMOVED` takes a field or item out.

    The text is read once for all values that stand in it already: they are replaced from its end to its beginning.
    """
    edit = _TextEdit(read_tree(text, "plan"))
    standing, others = list[tuple[int, FieldPath, Any]](), list[tuple[FieldPath, Any]]()
    for path, value in changes:
        entry = edit.tree.entries.get(path)
        if entry is None or not path or value is REMOVED:
            others.append((path, value))
        else:
            standing.append((entry.start, path, value))
    for _, path, value in sorted(standing, key=lambda one: one[0], reverse=True):
        edit.text = edit.set(path, value)
    text = edit.text
    for path, value in others:
        text = remove_value(text, path) if value is REMOVED else set_value(text, path, value)
    return text


def remove_value(text: str, path: FieldPath) -> str:
    """Plan text without the field or list item at `path`; the text itself where it has none."""
    edit = _TextEdit(read_tree(text, "plan"))
    return edit.remove(path) if path in edit.tree.entries else text


class _TextEdit:
    """One edit of one parsed text; offsets are valid for a single change."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.text = tree.text

    def set(self, path: FieldPath, value: Any) -> str:
        entry = self.tree.entries.get(path)
        if entry is not None and path:
            return self._replace(path, entry, value)
        parent = self.tree.entries.get(path[:-1])
        if parent is None and len(path) > 1:
            return self.set(path[:-1], {path[-1]: value})
        if parent is None:
            return self._with_first_field(path, value)
        if parent.kind == "scalar":
            return self.set(path[:-1], {path[-1]: value})
        return self._insert(path, value)

    def remove(self, path: FieldPath) -> str:
        siblings = self._children(path[:-1])
        if len(siblings) == 1:
            return self._replace(path[:-1], self.tree.entries[path[:-1]], [] if isinstance(path[-1], int) else {})
        if self._in_flow(path):
            return self._remove_from_flow(path, siblings)
        start, end = self._start(path), self._end_of_line(self._last(path))
        if path == siblings[0] and isinstance(path[-2] if len(path) > 1 else "", int):
            return self.text[:start] + self.text[self._start(siblings[1]) :]  # behind the dash of a list item
        return self.text[: self._start_of_line(start)] + self.text[end + 1 :]

    # Where things stand.

    def _children(self, path: FieldPath) -> list[FieldPath]:
        depth = len(path) + 1
        return [child for child in self.tree.entries if len(child) == depth and child[:-1] == path]

    def _in_flow(self, path: FieldPath) -> bool:
        return any(self.tree.entries[path[:length]].is_flow for length in range(len(path)))

    def _start(self, path: FieldPath) -> int:
        """Offset of a field's name, or of a list item's dash."""
        offset = self.tree.entries[path].key_start
        if isinstance(path[-1], int) and not self._in_flow(path):
            return self.text.rindex("-", 0, max(offset, 1))
        return offset

    def _last(self, path: FieldPath) -> int:
        """Offset past the last character of a value, without what merely follows it."""
        entry = self.tree.entries[path]
        if entry.kind == "scalar" and entry.style in ("|", ">"):
            raw = self.text[entry.start : entry.end]
            keeps_blank_lines = "+" in raw.partition("\n")[0].partition("#")[0]
            return entry.start + len(raw.removesuffix("\n") if keeps_blank_lines else raw.rstrip())
        if entry.kind == "scalar" or entry.is_flow or not self._children(path):
            return entry.end
        return max(self._last(child) for child in self._children(path))

    def _start_of_line(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _end_of_line(self, offset: int) -> int:
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def _column(self, offset: int) -> int:
        return offset - self._start_of_line(offset)

    # Changes.

    def _replace(self, path: FieldPath, entry: Entry, value: Any) -> str:
        if self._in_flow(path):
            return self._splice(entry.start, self._last(path), flow(value), after_colon=entry.start == entry.key_end)
        last = self._last(path)
        is_block = entry.style in ("|", ">") or (entry.kind != "scalar" and not entry.is_flow)
        header = (
            self.text[entry.key_end : self._end_of_line(entry.key_end)]
            if is_block
            else self.text[last : self._end_of_line(last)]
        )
        comment = _COMMENT.search(header)
        if comment is None and not isinstance(path[-1], int):
            indent = self._column(entry.key_start)
            return self._splice(entry.key_start, last, "\n".join(self._lines(path, value, indent)).lstrip(" "))
        rendered = flow(value) if isinstance(value, dict | list) else scalar(value)
        if not is_block or isinstance(path[-1], int):
            return self._splice(entry.start, last, rendered, after_colon=entry.start == entry.key_end)
        return self._splice(entry.key_end, last, f" {rendered}{comment[0] if comment else ''}")

    def _splice(self, start: int, end: int, new: str, *, after_colon: bool = False) -> str:
        gap = " " if after_colon and self.text[start - 1 : start] == ":" else ""
        return self.text[:start] + gap + new + self.text[end:]

    def _lines(self, path: FieldPath, value: Any, indent: int) -> list[str]:
        name = str(path[-1])
        if isinstance(value, dict) and len(path) == 1:
            return part_lines(name, value, indent)
        return field_lines(name, value, indent)

    def _with_first_field(self, path: FieldPath, value: Any) -> str:
        gap = "\n" if self.text and not self.text.endswith("\n") else ""
        return self.text + gap + "\n".join(self._lines(path, value, 0)) + "\n"

    def _insert(self, path: FieldPath, value: Any) -> str:
        parent, siblings = path[:-1], self._children(path[:-1])
        entry = self.tree.entries[parent]
        is_item = isinstance(path[-1], int)
        in_flow = entry.is_flow or self._in_flow(path)
        if not siblings:
            return self._replace(parent, entry, [value] if is_item else {path[-1]: value})
        before = siblings[-1] if is_item else self._predecessor(path, siblings)
        if in_flow:
            new = flow(value) if is_item else f"{scalar(path[-1], in_flow=True)}: {flow(value)}"
            if before is None:
                return self._splice(self._start(siblings[0]), self._start(siblings[0]), f"{new}, ")
            return self._splice(self._last(before), self._last(before), f", {new}")
        first = self._start(siblings[0])
        indent = self._column(first)
        lines = [f"{' ' * indent}- {flow(value)}"] if is_item else self._lines(path, value, indent)
        if before is None:
            return self._splice(first, first, "\n".join(lines).lstrip(" ") + "\n" + " " * indent)
        end = self._end_of_line(self._last(before))
        return self._splice(end, end, "\n" + "\n".join(lines))

    def _predecessor(self, path: FieldPath, siblings: list[FieldPath]) -> FieldPath | None:
        """The sibling after which a new field belongs by the plan's own order."""
        order = names_at(path[:-1])
        if path[-1] not in order:
            return siblings[-1]
        rank = order.index(str(path[-1]))
        earlier = [sibling for sibling in siblings if sibling[-1] in order and order.index(str(sibling[-1])) < rank]
        return max(earlier, key=lambda sibling: order.index(str(sibling[-1])), default=None)

    def _remove_from_flow(self, path: FieldPath, siblings: list[FieldPath]) -> str:
        position = siblings.index(path)
        if position == 0:
            return self.text[: self._start(path)] + self.text[self._start(siblings[1]) :]
        return self.text[: self._last(siblings[position - 1])] + self.text[self._last(path) :]
