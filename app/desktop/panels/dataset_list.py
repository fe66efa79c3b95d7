"""The project's data: files in data/ with what was found in them, and the dataset versions built from them."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.desktop.file_drops import FileDrops, add_files, choose_files
from app.desktop.living import while_living
from app.desktop.menus import context_menu
from app.desktop.widgets.basics import Elided, EmptyState, Picture, button, clear, column, label, row
from app.desktop.widgets.field_frame import ClickableCard
from app.workbench.bench import Workbench
from app.workbench.data_store import DataFile
from app.workbench.quantities import ago, size
from app.workbench.selection import is_version_address
from pipeline.catalog.entries import DatasetEntry

MOST_VERSIONS = 40  # older ones are behind a link


class DatasetList(QWidget):
    """Files and versions; Enter or a click opens one."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._shows_all = False
        self.setObjectName("datasets")
        self.setProperty("surface", "panel")
        self._stack = QStackedWidget()
        choose = button("Choose a file", icon="add", name="datasets.choose", on=self._choose)
        examples = button("Type examples", icon="edit", on=partial(bench.run, "data.type_examples"))
        text = (
            "Drop a file here: a table, JSON lines, a workbook, a document, a chat, or several in a ZIP. "
            "It is copied into data/ and never changed."
        )
        self._stack.addWidget(EmptyState("database", "No data yet", text, choose, examples))
        self._list, self._rows = QScrollArea(), QVBoxLayout()
        self._list.setWidgetResizable(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rows.setContentsMargins(0, 0, 0, 12)
        self._rows.setSpacing(0)
        inner = QWidget()
        inner.setLayout(self._rows)
        self._list.setWidget(inner)
        self._stack.addWidget(self._list)
        body = column(spacing=0)
        body.addWidget(self._stack, 1)
        self.setLayout(body)
        FileDrops(self, bench)
        bench.data.changed.connect(self._show)
        bench.edits.changed.connect(self._show)
        self._show()

    @while_living
    def _show(self) -> None:
        data = self._bench.data
        self._stack.setCurrentIndex(1 if data.files or data.versions else 0)
        clear(self._rows)
        add = button("Add files …", kind="link", name="datasets.add", on=self._choose)
        self._rows.addLayout(row(label("Files", "section"), None, add, margins=(12, 8, 8, 4)))
        for file in data.files:
            self._rows.addWidget(self._file(file))
        if data.versions:
            term = label("immutable", "term")
            self._rows.addLayout(row(label("Versions", "section"), term, None, margins=(12, 14, 12, 4)))
        shown = data.versions if self._shows_all else data.versions[:MOST_VERSIONS]
        for version in shown:
            self._rows.addWidget(self._version(version))
        if len(shown) < len(data.versions):
            text = f"Show {len(data.versions) - len(shown)} older versions"
            self._rows.addLayout(row(button(text, kind="link", on=self._show_all), None, margins=(10, 4, 10, 4)))
        self._rows.addStretch(1)

    def _file(self, file: DataFile) -> QWidget:
        problems = len(file.problems)
        if file.error is not None:
            text, pill = file.error.message, ("can't be read", "pill-bad")
        elif not file.is_known:
            text, pill = f"{size(file.bytes)} · looking into it …", ("", "")
        else:
            rows = "large: open it to count" if file.rows is None else f"{file.rows:,} rows · {file.format}"
            edited = len({edit.mark for edit in self._bench.edits.of(file.path)})
            text = f"{rows} · {size(file.bytes)}" + (f" · {edited:,} edited" if edited else "")
            pill = (f"{problems} to look at", "pill-warn") if problems else ("", "")
        made = self._line(f"datasets.file.{file.path.name}", "table", file.path.name, text, pill)
        made.setToolTip(f"{file.error.message} {file.error.hint}" if file.error else str(file.path))
        made.clicked.connect(partial(self._open, str(file.path)))
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(partial(self._menu, made, str(file.path)))
        return made

    def _version(self, version: DatasetEntry) -> QWidget:
        address = f"{version.name}@{version.version}"
        rows = version.train_rows + version.validation_rows + version.test_rows
        aside = f" · {version.quarantined_rows:,} set aside" if version.quarantined_rows else ""
        text = f"{rows:,} rows{aside} · {ago(datetime.fromisoformat(version.created).timestamp())}"
        made = self._line(f"datasets.version.{address}", "layers", version.name, text, (version.version[:6], "pill"))
        made.setToolTip(
            f"{version.train_rows:,} train, {version.validation_rows:,} validation, {version.test_rows:,} test rows"
        )
        made.clicked.connect(partial(self._open, address))
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(partial(self._menu, made, address))
        return made

    def _line(self, name: str, sign: str, title: str, text: str, pill: tuple[str, str]) -> ClickableCard:
        inside = row(spacing=8, margins=(12, 5, 10, 5))
        inside.addWidget(Picture(sign, "muted"), 0, Qt.AlignmentFlag.AlignTop)
        head = row(spacing=8)
        head.addWidget(Elided(title, "strong"), 1)
        if pill[0]:
            head.addWidget(label(pill[0], pill[1]))
        inside.addLayout(column(head, Elided(text, "muted"), spacing=1), 1)
        made = ClickableCard(inside, name, f"{title}: {text} {pill[0]}".strip())
        made.setProperty("kind", "list-row")
        made.setFixedHeight(48)
        return made

    def _open(self, source: str) -> None:
        self._bench.selection.choose_source(source)
        self._bench.run("data.open")

    def _menu(self, widget: QWidget, source: str, at: QPoint) -> None:
        self._bench.selection.choose_source(source)
        area = "dataset" if is_version_address(source) else "file"
        context_menu(self._bench, area, self).popup(widget.mapToGlobal(at))

    def _choose(self) -> None:
        choose_files(self, partial(add_files, self._bench))

    def _show_all(self) -> None:
        self._shows_all = True
        self._show()
