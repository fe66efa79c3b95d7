"""Rows of a file or of a dataset version: filtered, page by page, with what the checks found and one row in full."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QFont, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget
from shiboken6 import isValid

from app.desktop.file_drops import FileDrops
from app.desktop.item_models.paged_table import PagedTable, Take
from app.desktop.living import AfterPaint, while_living
from app.desktop.panels.data_columns import put_roles_first, row_view, set_widths
from app.desktop.panels.data_findings import FindingList
from app.desktop.panels.data_parts import DataBar, ReadingBar
from app.desktop.panels.data_row_editor import DataRowEditor
from app.desktop.panels.row_pane import RowPane
from app.desktop.theme.fonts import font
from app.desktop.widgets.basics import Banner, EmptyState, Skeleton, button, clear, column, hairline
from app.desktop.widgets.summary_header import ColumnHead, SummaryHeader
from app.desktop.widgets.tab_order import follow_layouts
from app.workbench.bench import Workbench
from app.workbench.data_edits import edit_row, leaves_out
from app.workbench.data_report import PlanChecks, is_chosen, names_version, settle
from app.workbench.data_rows import PAGE_ROWS, Finding, FindingFix, Page, Query, RowDetail, SourceFacts
from app.workbench.selection import is_version_address
from app.workbench.tasks import Job
from pipeline.errors import VibetuneError

LENGTHS, LANGUAGES = 1, 2  # pages beside the row
SIDE_WIDTH, DETAIL_HEIGHT = 360, 280
NARROW = 820  # pixels below which the findings go away, so that the rows can be read; their chip brings them back
_SPLIT_TOKENS = {"test": "cyan", "validation": "warn", "train": "muted"}


class DataTable(QWidget):
    """The data view; `key` is a file's path or a version's address."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self.key = bench, key
        self._facts: SourceFacts | None = None
        self._page: Page | None = None
        self._job: Job | None = None
        self._knows_languages = False  # or has asked for them; they are told once somebody looks
        self._wants_facts = False  # once the rows are there
        self._facts_job: Job | None = None
        self._is_behind = False  # edits came while nobody looked
        self._query = Query()
        self._stamp = self._stamp_now()
        self._styles: list[tuple[QFont | None, str]] = []
        self._problem = -1  # the one that was gone to last
        self._goes_to: int | None = None  # the row to choose once it is there
        self._detail: RowDetail | None = None
        self._is_narrow: bool | None = None  # not known before it is shown
        self._unused: Banner | None = None  # while the plan leaves the edits out
        self.checks = PlanChecks(bench, self._path)
        self._is_version = is_version_address(key)
        self.setProperty("surface", "panel")
        self.setObjectName("data.view")
        self.bar, self.findings, self.pane = DataBar(is_version=self._is_version), FindingList(), RowPane(bench, key)
        self.editor = DataRowEditor()
        self.below = QStackedWidget()
        self._no_pane = QWidget()  # until the rows have been painted: the pane is a third of what opening takes
        self.below.addWidget(self._no_pane)
        self.below.addWidget(self.editor)
        AfterPaint(self, self._add_pane)
        self.model = PagedTable(self._fetch, self._style, self)
        self.table = row_view(self.model)
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "filter", "No row has this", "The filter leaves nothing.", button("Show all rows", on=self._show_all)
        )
        for each in (Skeleton(8), self.table, self._empty):
            self._stack.addWidget(each)
        self._banners, self._reading = column(spacing=8), ReadingBar()
        self._assemble()
        self._connect()
        FileDrops(self, bench)
        self._load()

    def _add_pane(self) -> None:
        """Puts the row's pane in its place, unless it is there: an editor that was left at once was first."""
        if self.below.indexOf(self.pane) >= 0:
            return
        self.below.insertWidget(0, self.pane)
        if self.below.currentWidget() is self._no_pane:
            self.below.setCurrentWidget(self.pane)
        self.below.removeWidget(self._no_pane)
        self._no_pane.deleteLater()
        follow_layouts(self)

    def reveal(self, place: str) -> None:
        """Chooses the row that comes from `file:line`."""
        self._bench.data.row_at(self.key, place, self._go_to, query=self._query)

    def go(self, step: int) -> None:
        """Chooses the next or the previous row."""
        current = self.table.currentIndex().row()
        self.choose(max(0, min(self.model.rowCount() - 1, current + step)))

    def choose(self, position: int) -> None:
        """Chooses the row at a position of what is shown."""
        index = self.model.index(position, 0)
        if index.isValid():
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)

    def _assemble(self) -> None:
        rows = QSplitter(Qt.Orientation.Vertical)
        rows.addWidget(self._stack)
        rows.addWidget(self.below)
        rows.setStretchFactor(0, 1)
        rows.setSizes([500, DETAIL_HEIGHT])
        rows.setChildrenCollapsible(True)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(rows)
        self._across.addWidget(self.findings)
        self._across.setStretchFactor(0, 1)
        self._across.setSizes([900, SIDE_WIDTH])
        self.findings.setMinimumWidth(260)
        body = column(self.bar, hairline(), self._reading, self._banners, spacing=0)
        body.addWidget(self._across, 1)
        body.addStretch(0)
        self.setLayout(body)

    def _connect(self) -> None:
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(40)  # while a key is held down, rows that are passed are not read
        self._later.timeout.connect(self._read_row)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self._look_again = QTimer(self)
        self._look_again.setSingleShot(True)
        self._look_again.setInterval(600)  # while labels come in one after the other, checks wait
        self._look_again.timeout.connect(self._read_facts)
        self._look_at_reading = QTimer(self)
        self._look_at_reading.setSingleShot(True)
        self._look_at_reading.setInterval(100)
        self._look_at_reading.timeout.connect(self._show_reading)
        self._reading.stop_wanted.connect(self._stop_reading)
        self.model.page_loaded.connect(self._page_came)
        self.bar.query_changed.connect(self._ask)
        self.bar.problems.toggled.connect(self._show_problems)
        self.findings.counted.connect(self._count_problems)
        self.bar.ask_wanted.connect(self._ask_for_plan)
        self.bar.command_wanted.connect(self._run)
        self.findings.place_wanted.connect(self.reveal)
        self.findings.label_wanted.connect(self._show_label)
        self.findings.set_aside_wanted.connect(self._show_set_aside)
        self.findings.labelling_wanted.connect(self._label_rows)
        self.findings.examples_wanted.connect(self._add_examples)
        self.findings.fix_wanted.connect(self._settle)
        self.findings.can_edit = not self._is_version
        self.findings.file_name = self._path.name if not self._is_version else ""
        self.findings.can_fix = self._can_fix
        self.findings.is_chosen = partial(is_chosen, self._bench)
        self._check_soon = QTimer(self)
        self._check_soon.setSingleShot(True)
        self._check_soon.setInterval(300)  # while a plan is typed, its checks wait
        self._check_soon.timeout.connect(self._check)
        self.checks.changed.connect(self._show_report)
        self.checks.failed.connect(self._show_error)
        self.pane.step_wanted.connect(self.go)
        self.pane.beside.shown.connect(self._look_at_languages)
        self.pane.languages.chosen.connect(self._show_language)
        self.editor.kept.connect(self.keep_edit)
        self.editor.left.connect(self.leave_editor)
        self._bench.data.changed.connect(self._data_changed)
        self._bench.edits.changed.connect(self._edits_changed)
        self._bench.plan.changed.connect(self._plan_changed)
        self._bench.views.layout_requested.connect(self._do)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        is_narrow = self.width() < NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.bar.problems.setChecked(not is_narrow)
            self._show_problems(not is_narrow)

    def _show_problems(self, is_wanted: bool) -> None:
        """Shows or hides what was found; it goes away by itself where the view becomes narrow."""
        self.findings.setVisible(is_wanted)

    # reading

    def _load(self) -> None:
        self._wants_facts = True
        self._ask()

    def _read_facts(self) -> None:
        """Counts and checks, one time after the other: of a million rows they take seconds."""
        if self._facts_job is not None and self._facts_job.state == "running":
            self._look_again.start()
            return
        self._facts_job = self._bench.data.facts(self.key, self._show_facts, failed=self._show_error)

    def _read_again(self) -> None:
        """Shows the same rows as they are now."""
        if self._query.text or self._query.part == "marked" or self._page is None:
            self._goes_to = self.table.currentIndex().row()
            self._ask()
        else:
            self.model.refresh()

    @while_living
    def _edits_changed(self) -> None:
        if self._is_version:
            return
        self._is_behind = not self.isVisible()
        if not self._is_behind:
            self._read_again()
            self._read_row()
            self._look_again.start()
            self._show_whether_used()

    @while_living
    def _plan_changed(self) -> None:
        self._show_whether_used()
        self._check_soon.start()

    def _check(self) -> None:
        """Asks for the plan's own report where it reads this file; a version has brought its own."""
        if self._facts is None or not self.isVisible():
            return  # the rows come first; a tab that nobody sees waits
        if self._is_version:
            self.findings.show_findings()
        else:
            self.checks.look()

    @while_living
    def _show_report(self) -> None:
        self.findings.show_report(self.checks.report)

    def _count_problems(self, to_look_at: int, is_blocked: bool) -> None:
        self.bar.show_problems(to_look_at, is_blocked=is_blocked)

    def _can_fix(self) -> bool:
        return names_version(self._bench, self.key) if self._is_version else self.checks.report is not None

    def _settle(self, finding: Finding, fix: FindingFix) -> None:
        settle(self._bench, finding, fix)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        """Catches up with what was edited while another tab was in front."""
        super().showEvent(event)
        if self._is_behind:
            self._edits_changed()
        self._check_soon.start()

    @while_living
    def _show_whether_used(self) -> None:
        """Says where the plan reads the file without its edits."""
        is_left_out = not self._is_version and self._bench.project is not None and leaves_out(self._bench, self._path)
        if is_left_out == (self._unused is not None):
            return
        clear(self._banners)
        self._unused = None
        if is_left_out:
            use = button("Use the edits", icon="check", name="data.use_edits", on=self._use_edits)
            text = "The next run reads the file as it is on disk."
            self._unused = Banner("warn", "The plan leaves out the edits of this file", text, use)
            self._banners.addWidget(self._unused)

    def _use_edits(self) -> None:
        self._bench.run("data.use_edits")

    @property
    def _path(self) -> Path:
        """Of the file that is shown."""
        path, project = Path(self.key), self._bench.project
        return path if path.is_absolute() or project is None else project.path / path

    def _ask(self) -> None:
        """Reads the first page of what the filter leaves."""
        if self._job is not None and self._page is not None:
            self._job.cancel()  # not the first one: what is being read then is read for all
        wanted = Query(self.bar.part, self.bar.field.text().strip(), self.bar.pattern.isChecked())
        self._job = self._bench.data.page(self.key, 0, PAGE_ROWS, self._show_page, query=wanted, failed=self._refused)
        self._show_reading()

    @while_living
    def _show_reading(self) -> None:
        """Says how far the reading of a large file is, as long as it takes."""
        reading = self._bench.data.reading(self.key)
        is_waiting = self._job is not None and self._job.state == "running"
        if reading is not None and is_waiting:
            self._show_first(reading.first)
            self._reading.show_share(reading.fraction, self.model.rowCount())
        self._reading.setVisible(reading is not None and is_waiting)
        if is_waiting:
            self._look_at_reading.start()

    def _show_first(self, page: Page | None) -> None:
        """Shows the first rows until all are there."""
        if page is None or self._page is not None:
            return
        self._across.show()
        if not self.model.rowCount():
            self.model.show_rows(page.columns, page.total, [(each.number, each.cells) for each in page.rows])
            set_widths(self.table, page)
            self._stack.setCurrentIndex(1)

    @while_living
    def _show_page(self, page: Page) -> None:
        is_first = self._page is None or self._page.columns != page.columns
        self._page, self._query = page, page.query
        self._clear_banners()
        self._across.show()
        self.bar.show_error("")
        self.bar.show_total(page.total, self._whole())
        self.model.show_rows(page.columns, page.total, [(each.number, each.cells) for each in page.rows])
        if is_first:
            set_widths(self.table, page)
            self._show_heads()
        self._stack.setCurrentIndex(1 if page.total else 2)
        if page.total:
            self.choose(self._goes_to or 0)
        self._goes_to = None
        self._show_reading()
        if self._wants_facts:
            self._wants_facts = False
            self._read_facts()

    @while_living
    def _refused(self, error: VibetuneError) -> None:
        if error.code == "data.bad_pattern":
            self.bar.show_error(f"{error.message} {error.hint}")
        else:
            self._show_error(error)

    def _clear_banners(self) -> None:
        clear(self._banners)
        self._unused = None
        self._show_whether_used()

    @while_living
    def _show_error(self, error: VibetuneError) -> None:
        self._show_reading()
        clear(self._banners)
        self._unused = None
        self._across.setVisible(self._page is not None)  # without rows, only the reason is shown
        again = button("Read it again", icon="refresh", on=self._load)
        self._banners.addWidget(Banner("bad", error.message, error.hint, again, code=error.code))

    @while_living
    def _show_facts(self, facts: SourceFacts) -> None:
        self._facts = facts
        self.bar.show_parts(facts.parts)
        self.findings.show_facts(facts)
        self._check()
        self._show_heads()
        self.pane.lengths.show_facts(facts)
        self._knows_languages = False
        self._look_at_languages(self.pane.beside.front)
        if self._page is None:
            return
        self.bar.show_total(self._page.total, self._whole())
        if len(facts.columns) > len(self._page.columns):
            self._ask()  # a label has brought a column
        else:
            self._read_again()

    def _show_heads(self) -> None:
        self._set_styles()
        header = self.table.horizontalHeader()
        if self._facts is None or self._page is None or not isinstance(header, SummaryHeader):
            return
        found = {each.name: each for each in self._facts.columns}
        heads = {0: ColumnHead("row")}
        for position, name in enumerate(self._page.columns, start=1):
            if (each := found.get(name)) is None:
                continue
            is_split = each.kind == "split"
            text = f"{each.distinct:,} different" if each.distinct and not is_split else ""
            if each.kind == "marks":
                text = f"{each.distinct:,} row{'s' * (each.distinct != 1)}" if each.distinct else "none"
            bars = each.bars if each.kind in ("category", "tokens") else ()
            heads[position] = ColumnHead(name, each.role, text, bars, each.bars if is_split else ())
        header.set_heads(heads)
        if not self._is_version:
            put_roles_first(self.table, [found[name].role if name in found else "" for name in self._page.columns])

    def _fetch(self, start: int, count: int, take: Take) -> None:
        def taken(page: Page) -> None:
            if isValid(self):
                take(page.start, [(each.number, each.cells) for each in page.rows])

        def failed(error: VibetuneError) -> None:
            if isValid(self):
                take(start, ())
                self._show_error(error)

        self._bench.data.page(self.key, start, count, taken, query=self._query, failed=failed)

    # one row

    def _row_chosen(self, current: QModelIndex, before: QModelIndex) -> None:
        if current.row() != before.row():
            self.leave_editor()
        self._later.start()

    @while_living
    def _page_came(self, start: int) -> None:
        if start <= self.table.currentIndex().row() < start + PAGE_ROWS:
            self._later.start()

    def _read_row(self) -> None:
        if self._page is None:
            return  # these are the first rows only; the others are being read
        number = self.model.number_at(self.table.currentIndex().row())
        if number is not None:
            self._bench.selection.set("row", str(number))
            self._bench.data.detail(self.key, number, self._show_row, query=self._query, failed=self._show_error)

    @while_living
    def _show_row(self, detail: RowDetail) -> None:
        self._detail = detail
        self._bench.selection.set("row_id", detail.identity)
        self._bench.selection.set("row_key", detail.key)
        self.pane.show_row(detail)

    # editing a row

    def edit(self) -> None:
        """Shows the fields of the chosen row; the cell in the table that is the current one comes first."""
        if self._detail is None or not self._detail.cells:
            return
        at = self.table.currentIndex().column() - 1
        columns = self._page.columns if self._page is not None else ()
        self.editor.show_row(self._detail, columns[at] if 0 <= at < len(columns) else "")
        self.below.setCurrentWidget(self.editor)

    def keep_edit(self) -> None:
        """Writes what the fields hold; a field that can't be read says so, and nothing is written."""
        if self._detail is None or self.below.currentWidget() is not self.editor:
            return
        try:
            edit_row(self._bench, self._path, self._detail, self.editor.texts())
        except VibetuneError as error:
            self.editor.show_error(f"{error.message} {error.hint}")
        else:
            self.leave_editor()

    def leave_editor(self) -> None:
        """Shows the row again, as it is."""
        if self.below.currentWidget() is self.editor:
            self._add_pane()
            self.below.setCurrentWidget(self.pane)
            self.table.setFocus()

    @while_living
    def _go_to(self, found: tuple[Query, int] | None) -> None:
        if found is None:
            return
        query, position = found
        if query == self._query:
            self.choose(position)
        else:
            self._goes_to = position
            self.bar.choose(query.part, query.text)

    # what others want

    def _show_all(self) -> None:
        self.bar.choose(self.bar.part, "")

    def _show_label(self, name: str) -> None:
        column_name = next((c.name for c in self._facts.columns if c.role == "completion"), "") if self._facts else ""
        quoted = f'"{name}"' if " " in name else name
        self.bar.choose("all", f"{column_name}:{quoted}" if column_name and " " not in column_name else name)

    def _look_at_languages(self, page: int) -> None:
        if page == LANGUAGES and not self._knows_languages and self._facts is not None:
            self._knows_languages = True
            languages = self.pane.languages
            self._bench.data.languages(self.key, languages.show_facts, failed=languages.show_error)

    def _show_language(self, code: str) -> None:
        self.bar.choose("all" if self.bar.part == "quarantine" else self.bar.part, f"in:{code}")

    def _show_set_aside(self, reason: str) -> None:
        self.bar.choose("quarantine", f"reason:{reason}" if reason and self._has("reason") else "")

    def _has(self, name: str) -> bool:
        return self._is_version or (self._page is not None and name in self._page.columns)

    def _run(self, command: str) -> None:
        """Runs a command on what is shown here."""
        self._bench.selection.choose_source(self.key)
        self._bench.run(command)

    def _stop_reading(self) -> None:
        self._run("data.stop_reading")

    def _label_rows(self) -> None:
        self._bench.views.open("labels", self.key)

    def _add_examples(self) -> None:
        self._bench.run("data.type_examples")

    def _ask_for_plan(self) -> None:
        self._run("data.ask")

    @while_living
    def _do(self, verb: str) -> None:
        """Single keys and menus of the data view; only the view in front acts."""
        active = self._bench.views.active
        if active.kind != "data" or active.key != self.key:
            return
        doing: dict[str, Callable[[], object]] = {
            "data next": partial(self.go, 1),
            "data previous": partial(self.go, -1),
            "data filter": self.bar.focus_filter,
            "data pattern": self.bar.pattern.toggle,
            "data set aside": partial(self._show_set_aside, ""),
            "data problem": self._next_problem,
            "data problems": self.bar.problems.toggle,
            "data fix": partial(self.findings.offer_fixes, self),
            "data edit": self.edit,
            "data keep edit": self.keep_edit,
            "data lengths": partial(self.pane.beside.show_page, LENGTHS),
            "data languages": partial(self.pane.beside.show_page, LANGUAGES),
            "data marked": partial(self.bar.choose, "marked", ""),
        }
        if (do := doing.get(verb)) is not None:
            do()

    def _next_problem(self) -> None:
        places = self.findings.places
        if places:
            self._problem = (self._problem + 1) % len(places)
            self.reveal(places[self._problem])

    @while_living
    def _data_changed(self) -> None:
        before, self._stamp = self._stamp, self._stamp_now()
        if before is not None and before != self._stamp:  # the file is another one now: its rows are read anew
            self._goes_to = self.table.currentIndex().row()
            self._load()

    def _stamp_now(self) -> tuple[int, int] | None:
        found = next((file for file in self._bench.data.files if str(file.path) == self.key), None)
        return (found.bytes, found.modified) if found else None

    def _whole(self) -> int | None:
        return dict(self._facts.parts).get(self.bar.part) if self._facts else None

    def _style(self, column_number: int, text: str) -> tuple[QFont | None, str]:
        face, token = self._styles[column_number] if column_number < len(self._styles) else (None, "text")
        return face, _SPLIT_TOKENS.get(text, "text") if token == "split" else token

    def _set_styles(self) -> None:
        """Faces by what the columns hold: once, not for each cell."""
        kinds = {each.name: each.kind for each in self._facts.columns} if self._facts else {}
        mono = font(12, is_mono=True)
        self._styles = [(font(12, is_tabular=True), "muted")]
        for name in self._page.columns if self._page else ():
            kind = kinds.get(name, "text")
            is_data = kind in ("category", "id", "date", "number")
            if kind in ("tokens", "marks"):
                self._styles.append((font(12, is_tabular=True), "muted" if kind == "tokens" else "warn"))
            else:
                self._styles.append((font(12), "split") if kind == "split" else (mono if is_data else None, "text"))
        columns = self._page.columns if self._page else ()
        self.model.numbers = frozenset(
            {0, *(at for at, name in enumerate(columns, start=1) if kinds.get(name) == "tokens")}
        )
