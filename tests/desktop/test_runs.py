"""Runs as a user sees them: the list, one run, several side by side, the log, the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QItemSelectionModel, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QPlainTextEdit, QPushButton, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.log_view import LogView
from app.desktop.panels.pipeline_strip import PipelineStrip
from app.desktop.panels.run_comparison import RunComparison
from app.desktop.panels.run_list import RunList
from app.desktop.panels.run_view import RunView
from app.desktop.widgets.curve import MANY, MOST_DRAWN, CurveView, Line, _segments, spread, ticks
from app.desktop.widgets.decimate import Stretches, extremes, smooth
from app.desktop.widgets.stat import Stat
from app.workbench.bench import Workbench
from app.workbench.run_notices import watch_runs
from app.workbench.run_row import RunRow
from pipeline.runs.events import Failure, Metrics, Paused, Progress, Started
from pipeline.runs.layout import ProjectFolder
from tests.support.runs import plant_verdict, planted_run, project_in
from tests.unit.workbench.test_run_store import trained

Kind = TypeVar("Kind", bound=QWidget)
NAMES = ("20260101-100000-queues-aaaa", "20260102-100000-queues-bbbb", "20260103-100000-tone-cccc")


@pytest.fixture
def runs(tmp_path: Path, bench: Workbench) -> ProjectFolder:
    """A project with a measured, a stopped and a paused run, open in the bench."""
    project = project_in(tmp_path)
    plant_verdict(planted_run(project, NAMES[0], trained()))
    planted_run(project, NAMES[1], [*trained()[:6], Failure(code="training.out_of_memory", message="It is full.")])
    planted_run(project, NAMES[2], [Started(pid=1), Progress(stage="training", done=3, total=9), Paused(step=3)])
    bench.open(project.path)
    bench.refresh()
    return project


def shown(qtbot: QtBot, panel: QWidget, width: int = 1000, height: int = 700) -> QWidget:
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.show()
    return panel


def child(panel: QWidget, kind: type[Kind], name: str) -> Kind:
    found = panel.findChild(kind, name)
    assert found is not None, name
    return found


def listed(panel: QWidget) -> list[str]:
    model = child(panel, QListView, "runs.list").model()
    return [str(model.index(place, 0).data()) for place in range(model.rowCount())]


def title(name: str) -> str:
    """What a planted run is called: its plan is always `queues`."""
    return RunRow(name, plan_name="queues").short_name


def is_listed(panel: QWidget, names: list[str]) -> bool:
    return listed(panel) == names


def test_an_ended_run_tells_the_memory_it_took(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    told = [
        *trained()[:-1],
        Metrics(step=5, values={"loss": 1.0, "memory_gib": 1.5, "memory_estimate_gib": 1.6}),
        trained()[-1],
    ]
    plant_verdict(planted_run(runs, "20260104-100000-queues-dddd", told))
    bench.runs.refresh()
    with_memory = shown(qtbot, RunView(bench, "20260104-100000-queues-dddd"))
    assert child(with_memory, Stat, "run.memory").value.text() == "1.6 GB at most"
    assert child(with_memory, Stat, "run.memory").note.text().startswith("estimated 1.7 GB")
    assert child(with_memory, QPushButton, "run.chip.memory").isVisible()
    without = shown(qtbot, RunView(bench, NAMES[0]))
    assert not child(without, Stat, "run.memory").isVisible()
    assert not child(without, QPushButton, "run.chip.memory").isVisible()


def test_list_filters_by_words_tags_and_chips(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    panel = shown(qtbot, RunList(bench), 320)
    assert listed(panel) == [title(NAMES[2]), title(NAMES[1]), title(NAMES[0])]
    bench.runs.tag(NAMES[2], "keep")
    field = child(panel, QLineEdit, "runs.filter")
    for words, expected in (
        ("aaaa", [title(NAMES[0])]),
        ("#keep", [title(NAMES[2])]),
        ("stopped", [title(NAMES[1])]),
        ("x y", []),
    ):
        field.setText(words)
        qtbot.waitUntil(partial(is_listed, panel, expected), timeout=1000)
    field.clear()
    child(panel, QPushButton, "runs.chip.better").click()
    assert listed(panel) == [title(NAMES[0])]


def test_archived_run_leaves_the_list_and_comes_back(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    panel = shown(qtbot, RunList(bench), 320)
    bench.selection.set("run", NAMES[0])
    bench.run("run.archive")
    assert listed(panel) == [title(NAMES[2]), title(NAMES[1])]
    assert "1 archived" in child(panel, QLabel, "runs.count").text()
    bench.run("run.show_archived")
    assert len(listed(panel)) == 3
    bench.run("run.unarchive_last")
    assert not any(row.is_archived for row in bench.runs.runs)


def test_two_chosen_runs_can_be_compared(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    panel = shown(qtbot, RunList(bench), 320)
    compare = child(panel, QPushButton, "runs.compare")
    assert not compare.isEnabled()
    view = child(panel, QListView, "runs.list")
    for place in (1, 2):
        index = view.model().index(place, 0)
        view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
    assert {bench.selection.get("run"), *bench.selection.compared} == {NAMES[0], NAMES[1]}
    assert compare.isEnabled()
    asked: list[str] = []
    bench.views.requested.connect(lambda view: asked.append(view.kind))
    compare.click()
    assert asked == ["compare_runs"]
    table = child(shown(qtbot, RunComparison(bench)), QTableWidget, "compare.table")
    heads = {str(table.model().headerData(column, Qt.Orientation.Horizontal)) for column in (1, 2)}
    assert heads == {title(NAMES[0]), title(NAMES[1])}


def test_empty_project_leads_on(qtbot: QtBot, bench: Workbench, tmp_path: Path) -> None:
    bench.open(project_in(tmp_path).path)
    panel = shown(qtbot, RunList(bench), 320)
    assert child(panel, QPushButton, "runs.start").isVisible()
    bench.run("run.pause")
    assert bench.notices.items[0].text == "There are no runs yet."


def test_run_that_ends_is_told(bench: Workbench, runs: ProjectFolder) -> None:
    watch_runs(bench)
    bench.runs.ended.emit(NAMES[0])
    notice = bench.notices.items[0]
    assert (notice.title, notice.text, notice.tone) == (
        f"{title(NAMES[0])} is measured: better",
        "It is better.",
        "good",
    )
    asked: list[tuple[str, str]] = []
    bench.views.requested.connect(lambda view: asked.append((view.kind, view.key)))
    bench.selection.set("run", NAMES[2])
    bench.run(notice.actions[0][1])
    assert asked == [("verdict", NAMES[0])]
    bench.runs.ended.emit(NAMES[1])
    assert bench.notices.items[0].text == "It is full."
    bench.runs.pause(NAMES[0])
    assert bench.notices.items[0].code == "run.already_finished"


def test_run_shows_curve_state_and_what_happened(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    panel = shown(qtbot, RunView(bench, NAMES[0]))
    assert child(panel, QLabel, "run.state").text() == "better"
    assert "fell from 0.625 to 0.312" in child(panel, QLabel, "run.learning").text()
    curve = child(panel, CurveView, "run.curve")
    assert "unseen rows: 0.625 at first, 0.312 at step 8" in curve.accessibleName()
    events = child(panel, QListView, "run.events").model()
    assert events.index(0, 0).data() == "Training finished"
    assert child(panel, QPushButton, "run.verdict").isVisible()
    assert not child(panel, QPushButton, "run.pause").isVisible()


def test_stopped_run_says_why_and_offers_to_go_on(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    panel = shown(qtbot, RunView(bench, NAMES[1]))
    texts = [each.text() for each in panel.findChildren(QLabel)]
    assert "It is full." in texts
    assert "training.out_of_memory" in texts
    assert child(panel, QPushButton, "run.go_on").isVisible()


def test_arrow_keys_read_the_curve(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    curve = child(shown(qtbot, RunView(bench, NAMES[0])), CurveView, "run.curve")
    curve.setFocus()
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert curve.accessibleDescription() == "step 1 · training rows 2"
    QTest.keyClick(curve, Qt.Key.Key_End)
    assert curve.accessibleDescription() == "step 8 · training rows 0.25 · unseen rows 0.312"


def test_tags_and_note_are_edited_in_place(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    panel = shown(qtbot, RunView(bench, NAMES[0]))
    bench.views.activated(bench.views.active)
    tags = child(panel, QLineEdit, "run.tags")
    QTest.keyClicks(tags, "#good, first")
    QTest.keyClick(tags, Qt.Key.Key_Return)
    assert bench.runs.get(NAMES[0]).tags == ("good", "first")  # type: ignore[union-attr]


def test_overlay_lays_the_run_before_over_this_one(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    bench.selection.set("run", NAMES[1])
    panel = shown(qtbot, RunView(bench, NAMES[1]))
    bench.run("run.overlay")
    assert bench.selection.compared == (NAMES[0],)
    assert title(NAMES[0]) in child(panel, CurveView, "run.curve").accessibleName()
    bench.run("run.overlay")
    assert not bench.selection.compared


def test_log_follows_and_filters(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    log = runs.run(NAMES[0]).log
    log.write_text("loading\nstep 1\n")
    panel = shown(qtbot, LogView(bench, NAMES[0]))
    text = child(panel, QPlainTextEdit, "log.text")
    assert text.toPlainText().splitlines() == ["loading", "step 1"]
    with log.open("a") as file:
        file.write("step 2\n")
    bench.refresh()
    assert text.toPlainText().splitlines() == ["loading", "step 1", "step 2"]
    child(panel, QLineEdit, "log.filter").setText("STEP")
    assert text.toPlainText().splitlines() == ["step 1", "step 2"]


def test_pipeline_tells_where_the_run_stands(qtbot: QtBot, bench: Workbench, runs: ProjectFolder) -> None:
    strip = PipelineStrip(bench)
    shown(qtbot, strip, 1200, 80)
    bench.selection.set("run", NAMES[0])
    assert [node.shown.state for node in strip.nodes[:3]] == ["done", "done", "done"]
    bench.selection.set("run", NAMES[1])
    assert strip.nodes[1].shown.state == "bad"
    asked: list[tuple[str, str]] = []
    bench.views.requested.connect(lambda view: asked.append((view.kind, view.key)))
    strip.nodes[1].click()
    assert asked == [("run", NAMES[1])]


def test_decimation_keeps_peaks_and_ends() -> None:
    points = [(step, 100.0 if step == 777 else float(step % 7)) for step in range(5000)]
    kept = Stretches(extremes).of(points, 100)
    assert len(kept) <= 200
    assert (777, 100.0) in kept
    assert kept[-1][0] >= 4990
    assert Stretches(extremes).of(points[:3], 100) == points[:3] and Stretches(extremes).of([], 100) == []
    assert smooth([(1, 1.0), (2, 3.0), (3, 5.0)], 3) == [(1, 1.0), (2, 3.0), (3, 5.0)]
    assert ticks(0, 1, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert spread([10, 12, 100], 20, 110) == [10, 30, 100]
    assert spread([100, 101], 20, 110) == [90, 110]


def test_a_value_that_is_no_number_hides_no_peak() -> None:
    nothing = float("nan")
    assert extremes([(1, nothing), (2, 5.0), (3, 1.0), (4, float("inf"))]) == [(2, 5.0), (3, 1.0)]
    assert [step for step, _ in extremes([(1, nothing), (2, nothing)])] == [1]


class Counted:
    """Counts the points that are looked at."""

    def __init__(self) -> None:
        self.points = 0

    def __call__(self, stretch: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
        self.points += len(stretch)
        return extremes(stretch)


def test_of_a_line_that_grows_only_what_is_new_is_looked_at() -> None:
    points = [(step, float(step % 97)) for step in range(100_000)]
    seen = Counted()
    growing = Stretches(seen)
    growing.of(tuple(points), 600)
    seen.points = 0
    for step in range(100_000, 100_050):
        points.append((step, 500.0 + step))
        assert growing.of(tuple(points), 600) == Stretches(extremes).of(points, 600)
    assert seen.points < 50 * 256
    del points[60_000:]  # a run that went on from an earlier step
    points.extend((step, 0.5) for step in range(60_000, 100_050))
    assert growing.of(tuple(points), 600) == Stretches(extremes).of(points, 600)


def test_a_long_line_reaches_its_extremes_and_a_dashed_one_has_gaps(qtbot: QtBot) -> None:
    view = CurveView()
    shown(qtbot, view)
    points = [(step, 9.0 if step == 11_111 else float(step % 5)) for step in range(20_000)]
    view.show_lines([Line("training rows", points, "accent"), Line("another", points, "num", "dashed")])
    low, high, last = view._range()
    assert (low, last) == (0.0, 19_999) and high > 9.0
    raw, smoothed = view._points()[0]
    assert MANY < len(raw) <= 2 * MOST_DRAWN and not smoothed and raw[-1] == points[-1]
    whole = [QPointF(x, x % 7) for x in range(300)]
    pieces, dashes = _segments(whole, is_dashed=False), _segments(whole, is_dashed=True)
    assert len(pieces) == 299 and 150 < len(dashes) < 250
    assert view.step_by(1).startswith("step 0 ·")
    assert view.step_by(10**9).startswith("step 19,999 ·")
    assert view.text_at(11_111).startswith("step 11,111 · training rows 9")
