"""Every control of every view can be seen, heard and reached by keys, in both themes and at three scales."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QTableWidget, QToolButton, QWidget

from app.desktop.theme.theme import theme
from app.desktop.views import VIEWS
from app.desktop.widgets.basics import button, column, label
from app.workbench.bench import Workbench
from pipeline.runs.layout import ProjectFolder
from tests.support.every_view import (
    AFTER,
    BEFORE,
    CASES,
    EMPTY,
    SIZES,
    Case,
    make_bench,
    make_gate,
    make_project,
    shown,
    use_theme,
)
from tests.support.fitting import misfits
from tests.support.runs import project_in
from tests.support.seeing import rows_of, unseen
from tests.support.walking import detours, nameless

SCALE = float(os.environ.get("QT_SCALE_FACTOR", "1"))
KERNEL = "console"  # another library's widget: Tab completes there, Ctrl+M is not its key; F6 leaves it
WALKED = [case for case in (*CASES, *EMPTY) if case.kind != KERNEL]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return make_project(tmp_path_factory.mktemp("every"))


@pytest.fixture
def bench(qapp: QApplication, tmp_path: Path, request: pytest.FixtureRequest, project: ProjectFolder) -> Workbench:
    case = request.node.callspec.params["case"]
    made = make_bench(tmp_path)
    made.open(project_in(tmp_path).path if case in EMPTY else project.path)
    made.refresh()
    return made


@pytest.mark.parametrize("colours", ["dark", "light"])
@pytest.mark.parametrize("case", [*CASES, *EMPTY], ids=str)
def test_what_is_drawn_can_be_seen(bench: Workbench, case: Case, colours: str) -> None:
    use_theme(colours)
    with shown(bench, case, SIZES[VIEWS[case.kind].area]) as panel:
        found = list(rows_of(unseen(panel)))
    use_theme("dark")
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("case", WALKED, ids=str)
def test_what_can_be_focused_is_heard_and_reached(bench: Workbench, case: Case) -> None:
    use_theme("dark")
    with shown(bench, case, SIZES[VIEWS[case.kind].area]) as panel:
        found = nameless(panel) + detours(panel)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_fits_at_this_scale(bench: Workbench, case: Case) -> None:
    size = SIZES[VIEWS[case.kind].area]
    with shown(bench, case, size) as panel:
        assert panel.devicePixelRatioF() == SCALE
        found = misfits(panel, size[0])
    assert not found, "\n" + "\n".join(found)


@pytest.mark.skipif(SCALE != 1, reason="this is the process for one scale")
@pytest.mark.parametrize(("scale", "colours"), [("1.5", "dark"), ("2", "light")])
def test_the_same_holds_on_a_finer_screen(scale: str, colours: str) -> None:
    looks = "test_it_fits_at_this_scale", "test_what_can_be_focused_is_heard_and_reached"
    chosen = " or ".join((*looks, f"(test_what_is_drawn_can_be_seen and {colours})"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", chosen]
    environment = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert ended.returncode == 0, ended.stdout[-4000:]
    passed = re.search(r"(\d+) passed", ended.stdout)
    assert passed is not None and int(passed[1]) == 2 * len(CASES) + len(WALKED) + len(EMPTY), ended.stdout[-400:]


def _page(*parts: QWidget) -> QWidget:
    page = QWidget()
    page.setProperty("surface", "panel")
    theme().dress(page)
    make_gate(page, BEFORE)
    page.setLayout(column(*parts, margins=12))
    make_gate(page, AFTER)
    page.resize(400, 300)
    page.show()
    QApplication.processEvents()
    return page


def test_too_little_contrast_is_found(qapp: QApplication) -> None:
    use_theme("light")
    pale, thin, fine, pushed = label("pale words"), QLineEdit("text"), label("words"), QPushButton("go")
    pale.setStyleSheet("color: #a0a0a0;")
    thin.setStyleSheet("border: 1px solid #e0e0e0;")
    pushed.setStyleSheet("QPushButton:hover { color: #808080; background: #707070; }")
    page = _page(pale, thin, fine, pushed)
    told = "\n".join(unseen(page))
    use_theme("dark")
    assert "pale words" in told
    assert "outline '' of QLineEdit" in told
    assert "button under the pointer 'go'" in told
    assert "'words'" not in told
    page.deleteLater()


def test_a_control_without_a_name_is_found(qapp: QApplication) -> None:
    mute, named = QToolButton(), button("Apply")
    mute.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page = _page(mute, named)
    assert "QToolButton is called ''" in nameless(page)
    page.deleteLater()


def test_a_detour_of_tab_is_found(qapp: QApplication) -> None:
    first, second, third = (button(name, name=name) for name in ("first", "second", "third"))
    page = _page(first, second, third)
    QWidget.setTabOrder(third, first)
    assert any("goes back from" in each for each in detours(page))
    page.deleteLater()
    trap = QTableWidget(2, 2)
    trap.setAccessibleName("Values")
    page = _page(trap, button("after", name="after"), QLabel("end"))
    assert any("holds Tab fast" in each for each in detours(page))
    page.deleteLater()
