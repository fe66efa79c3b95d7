"""Labels and corrected cells of the open project: laid over its data, which stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from app.workbench.data_steps import LineStep, LineSteps, mend
from app.workbench.project import require_open
from pipeline.datasets.edits import EDITS_FILE, Edit, read_edits
from pipeline.errors import BadInput
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from app.workbench.bench import Workbench
    from app.workbench.data_rows import Cell, RowDetail


class EditStore:
    """The edits of one project, as its edits file has them."""

    changed = Signal()

    def __init__(self) -> None:
        self._project: ProjectFolder | None = None
        self._stamp: tuple[int, int] | None = None
        self.steps = LineSteps()
        self.edits: tuple[Edit, ...] = ()
        self.error: BadInput | None = None
        self._by_source: dict[str, tuple[Edit, ...]] = {}
        self.steps.changed.connect(self._step_done)

    def open(self, project: ProjectFolder | None) -> None:
        """Reads the project's edits."""
        self._project = project
        self.steps.open(project)
        self._stamp = None
        self._read()
        self.changed.emit()

    def refresh(self) -> None:
        """Reads the file again when somebody else wrote it."""
        if self._project is not None and _stamp(self._path) != self._stamp:
            self._read()
            self.changed.emit()

    def of(self, path: Path) -> tuple[Edit, ...]:
        """The edits of a file's rows."""
        return self._by_source.get(self.source(path), ()) if self._project is not None else ()

    def source(self, path: Path) -> str:
        """A file as plans and edits name it."""
        root = require_open(self._project).path
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

    def set_cells(self, path: Path, place: str, row: str, cells: Mapping[str, Any], title: str) -> LineStep:
        """Gives cells of a row other values.

        Args:
            path: of the file that holds the row.
            place: `file:line` of the row.
            row: key of the row as its file has it.
            cells: by column.
            title: what was done, as an undo names it.

        Raises:
            BadInput: the edits file can't be read, so nothing is added to it.
        """
        return self.add([Edit(self.source(path), place, row, dict(cells))], title)

    def add(self, edits: Sequence[Edit], title: str, checkpoint: int = 0) -> LineStep:
        """Writes edits as one step, which is undone as one, with the plan's checkpoint that belongs to it.

        Raises:
            BadInput: the edits file can't be read, so nothing is added to it.
        """
        if self.error is not None:
            raise self.error
        mend(self._path)
        return self.steps.add(self._path, "".join(edit.line for edit in edits), title, checkpoint)

    @property
    def _path(self) -> Path:
        return require_open(self._project).path / EDITS_FILE

    def _step_done(self, file: str) -> None:
        if file != EDITS_FILE:
            return
        self._read()
        self.changed.emit()

    def _read(self) -> None:
        self.error = None
        edits: Sequence[Edit] = ()
        if self._project is not None and self._path.is_file():
            try:
                edits = read_edits(self._path)
            except BadInput as error:
                self.error = error
        self.edits = tuple(edits)
        by_source: dict[str, list[Edit]] = {}
        for edit in edits:
            by_source.setdefault(edit.source, []).append(edit)
        self._by_source = {source: tuple(found) for source, found in by_source.items()}
        self._stamp = _stamp(self._path) if self._project is not None else None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def name_edits(bench: Workbench, path: Path) -> None:
    """Has the plan name the edits, where it reads the file and names none.

    Raises:
        BadInput: `data.other_edits`: the plan names another file.
    """
    if (named := _named(bench)) not in (None, EDITS_FILE):
        hint = f"Set dataset.edits to {EDITS_FILE}, or edit {named} by hand."
        raise BadInput("data.other_edits", f"The plan takes its edits from {named}.", hint)
    if named is None and reads(bench, path):
        bench.plan.change("dataset.edits", EDITS_FILE, "Use the edits")


def leaves_out(bench: Workbench, path: Path) -> bool:
    """Whether a file has edits, and the plan reads it without them."""
    return bool(bench.edits.of(path)) and reads(bench, path) and _named(bench) != EDITS_FILE


def reads(bench: Workbench, path: Path) -> bool:
    """Whether the plan reads a file."""
    plan, source = bench.plan.plan, bench.edits.source(path)
    return plan is not None and any(each.path == source for each in plan.dataset.sources)


def _named(bench: Workbench) -> str | None:
    return bench.plan.plan.dataset.edits if bench.plan.plan is not None else None


def edit_row(bench: Workbench, path: Path, detail: RowDetail, texts: Mapping[str, str]) -> LineStep | None:
    """Gives a row's cells the texts of an editor; None where nothing differs.

    Raises:
        BadInput: `data.bad_value`: a list or an object that is no JSON any more.
    """
    cells = {each.name: _value(each, texts[each.name]) for each in detail.cells if each.name in texts}
    changed = {each.name: cells[each.name] for each in detail.cells if cells.get(each.name, each.value) != each.value}
    if not changed:
        return None
    name_edits(bench, path)
    title = f"Edited {', '.join(changed)} of row {detail.number:,}"
    return bench.edits.set_cells(path, detail.place, detail.key, changed, title)


def _value(cell: Cell, text: str) -> Any:
    """What a text means where the cell's value stood: text for text, JSON for anything else."""
    if text == cell.text:
        return cell.value
    if cell.value is None or isinstance(cell.value, str):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        message = f"{cell.name} holds {type(cell.value).__name__} in JSON, and this is none: {error}"
        raise BadInput("data.bad_value", message, "Correct it, or leave the row as it was.") from error
