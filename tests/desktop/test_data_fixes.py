"""The checks' report beside the rows, and buttons that settle a problem: each changes the plan, and is undone so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.data_table import DataTable
from app.workbench import data_reader_process
from app.workbench.actions import data, data_editing, plan
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest
from pipeline.datasets.versions.build import build_version
from tests.support.projects import QUEUES, make_tiny_project


@pytest.fixture
def planned(bench: Workbench, tmp_path: Path) -> Workbench:
    """The tiny project, in which three rows hold addresses, and whose plan reads its file."""
    bench.commands.add(*data.commands(), *data_editing.commands(), *plan.commands())
    project = make_tiny_project(tmp_path / "project")
    with (project.path / "data" / "messages.csv").open("a", newline="", encoding="utf-8") as file:
        for number, queue in enumerate(QUEUES):
            csv.writer(file).writerow([f"write to someone.{number}@example.org about my case", queue])
    bench.open(project.path)
    return bench


def view_of(bench: Workbench, qtbot: QtBot, key: str = "") -> DataTable:
    view = DataTable(bench, key or str(bench.data.files[0].path))
    qtbot.addWidget(view)
    view.resize(1200, 800)
    view.show()
    bench.views.activated(ViewRequest("data", view.key))
    if not key:
        qtbot.waitUntil(lambda: view.checks.report is not None)
    return view


def texts(view: QWidget) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def fix_button(view: DataTable, code: str, number: int = 0) -> QPushButton | None:
    return view.findChild(QPushButton, f"data.fix.{code}.{number}")


def test_the_plan_s_own_checks_stand_beside_its_file(planned: Workbench, qtbot: QtBot) -> None:
    view = view_of(planned, qtbot)
    qtbot.waitUntil(lambda: "3 rows with personal data" in texts(view.findings))
    said = texts(view.findings)
    assert "A run uses 147 rows" in said
    assert "write to [mail]" in said, "an example, without what must not be repeated"
    made = fix_button(view, "data.personal_data")
    assert made is not None
    assert made.text() == "Mask them"
    assert "3 rows with personal data" in made.accessibleName()
    assert "dataset.checks.personal_data: mask" in made.toolTip()


def test_a_click_is_a_change_of_the_plan_that_ctrl_z_takes_back(planned: Workbench, qtbot: QtBot) -> None:
    view = view_of(planned, qtbot)
    before = planned.plan.text
    made = fix_button(view, "data.personal_data", 1)
    assert made is not None
    QTest.mouseClick(made, Qt.MouseButton.LeftButton)
    assert planned.plan.plan is not None
    assert planned.plan.plan.dataset.checks.personal_data == "quarantine"
    assert "personal_data: quarantine" in planned.require_project().plan.read_text("utf-8")
    qtbot.waitUntil(lambda: "A run uses 144 rows, 3 are set aside" in texts(view.findings))
    assert fix_button(view, "data.personal_data") is None, "it is settled"
    planned.run("data.undo")
    assert planned.plan.text == before
    qtbot.waitUntil(lambda: fix_button(view, "data.personal_data") is not None)


def test_the_keyboard_gets_all_fixes_in_one_menu(planned: Workbench, qtbot: QtBot) -> None:
    view = view_of(planned, qtbot)
    planned.run("data.fix")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    offered = [each.text() for each in menu.actions() if not each.isSeparator()]
    assert offered[:2] == ["Personal data 3: Mask them", "Personal data 3: Set these rows aside"]
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert planned.plan.plan is not None
    assert planned.plan.plan.dataset.checks.personal_data == "mask"
    qtbot.waitUntil(lambda: "masked" in texts(view.findings))


def test_a_file_that_no_plan_reads_has_findings_but_no_fixes(planned: Workbench, qtbot: QtBot) -> None:
    path = planned.require_project().path / "data" / "other.csv"
    path.write_bytes((path.parent / "messages.csv").read_bytes())
    planned.data.refresh_now()
    view = view_of(planned, qtbot, str(path))
    assert "3 rows with personal data" in texts(view.findings)
    assert fix_button(view, "data.personal_data") is None
    assert "doesn't read this data" in (planned.commands["data.fix"].why_not(planned) or "")


def test_a_version_s_problems_are_settled_in_the_plan_it_was_made_from(planned: Workbench, qtbot: QtBot) -> None:
    project = planned.require_project().path
    assert planned.plan.plan is not None
    version = build_version(planned.plan.plan, project)
    planned.data.refresh_now()
    view = view_of(planned, qtbot, f"{version.name}@{version.id}")
    made = fix_button(view, "data.personal_data")
    assert made is not None
    made.click()
    assert planned.plan.plan.dataset.checks.personal_data == "mask"
    qtbot.waitUntil(lambda: "Mask them: in the plan" in texts(view.findings))
    assert "3 rows with personal data" in texts(view.findings), "the version stays what it was"


def test_a_narrow_view_hides_the_problems_until_they_are_asked_for(planned: Workbench, qtbot: QtBot) -> None:
    view = view_of(planned, qtbot)
    chip = view.bar.problems
    assert (chip.text(), chip.isChecked(), view.findings.isVisible()) == ("Problems 1", True, True)
    view.resize(600, 800)
    assert not view.findings.isVisible()
    planned.run("data.problems")
    assert view.findings.isVisible()
    view.resize(620, 800)
    assert view.findings.isVisible(), "a person wants to see them"
    chip.click()
    assert not view.findings.isVisible()


def test_a_check_that_blocks_says_so_beside_the_rows(planned: Workbench, qtbot: QtBot) -> None:
    planned.plan.change("dataset.checks.personal_data", "block", "Refuse personal data")
    view = view_of(planned, qtbot)
    assert "One of these blocks a run." in texts(view.findings)
    assert view.model.rowCount() == 147


def test_many_rows_are_checked_by_a_process_of_their_own(
    planned: Workbench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(planned, qtbot)
    here = view.checks.report
    monkeypatch.setattr(data_reader_process, "LARGE_BYTES", 1)
    monkeypatch.setattr("app.workbench.data_report.report_of", None)
    found: list[object] = []
    assert planned.plan.plan is not None
    planned.data.check(planned.plan.plan, found.append)
    assert found == [here]
