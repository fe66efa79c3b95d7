"""Two texts as one: what went, what came, and a few lines around; what is alike is folded."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from app.desktop.widgets.code_editor import CodeEditor
from app.desktop.widgets.highlighting import highlighter_for

CONTEXT = 3  # lines around a change


@dataclass(frozen=True)
class DiffRow:
    """One line: `kind` is empty, added, removed or fold; numbers from 1, 0 where the line isn't in that text."""

    kind: str
    old: int
    new: int
    text: str


def diff_rows(before: str, after: str, context: int = CONTEXT) -> list[DiffRow]:
    """The lines of both texts in reading order."""
    return list(_rows(before.splitlines(), after.splitlines(), context))


def _rows(old: list[str], new: list[str], context: int) -> Iterator[DiffRow]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    shown = 0
    for group in matcher.get_grouped_opcodes(context):
        yield from _fold(group[0][1] - shown)
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (DiffRow("", i + 1, j1 + i - i1 + 1, old[i]) for i in range(i1, i2))
                continue
            yield from (DiffRow("removed", i + 1, 0, old[i]) for i in range(i1, i2))
            yield from (DiffRow("added", 0, j + 1, new[j]) for j in range(j1, j2))
        shown = group[-1][2]
    yield from _fold(len(old) - shown if shown else 0)


def _fold(count: int) -> Iterator[DiffRow]:
    if count > 0:
        yield DiffRow("fold", 0, 0, f"⋯ {count} line{'s' * (count != 1)} alike")


def changed_rows(before: str, after: str) -> dict[int, str]:
    """Lines of `after`, from 1, that are not in `before`: added, or changed where they stand for other ones."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    kinds = {"insert": "added", "replace": "changed"}
    return {
        line + 1: kinds[tag]
        for tag, _i1, _i2, j1, j2 in matcher.get_opcodes()
        if tag in kinds
        for line in range(j1, j2)
    }


class DiffView(CodeEditor):
    """Read only; the gutter has the numbers of both texts and the signs."""

    shows_signs = True

    def __init__(self, name: str, file_name: str = "plan.yaml") -> None:
        self.rows: list[DiffRow] = []
        super().__init__(name)
        self.setReadOnly(True)
        self.setAccessibleName("Differences")
        self._highlighter = highlighter_for(file_name, self.document())

    def show_texts(self, before: str, after: str) -> None:
        """Shows the way from one text to another."""
        self.rows = diff_rows(before, after)
        self.setPlainText("\n".join(each.text for each in self.rows))
        self.set_rows({number: each.kind for number, each in enumerate(self.rows, 1) if each.kind})
        self.setAccessibleDescription(self.statement)
        self._fit_gutter()

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        kinds = [each.kind for each in self.rows]
        return kinds.count("added"), kinds.count("removed")

    @property
    def statement(self) -> str:
        """The difference in one sentence."""
        added, removed = self.counts
        if not added and not removed:
            return "No line differs."
        return f"{added} line{'s' * (added != 1)} added, {removed} removed."

    def gutter_text(self, line: int) -> str:
        """Numbers of the line in the old and in the new text."""
        if line > len(self.rows):
            return ""
        each, width = self.rows[line - 1], self._width()
        return f"{each.old or '':>{width}} {each.new or '':>{width}}"

    def gutter_digits(self) -> int:
        """Two numbers and a gap."""
        return 2 * self._width() + 1

    def _width(self) -> int:
        return max(2, len(str(max((max(each.old, each.new) for each in self.rows), default=0))))
