"""Nothing in any view is cut off: at the sizes that the docks give, over a full and an empty project."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.desktop.views import VIEWS
from app.desktop.widgets.basics import Elided, column, label, scrolled
from app.workbench.bench import Workbench
from pipeline.runs.layout import ProjectFolder
from tests.support.every_view import CASES, EMPTY, NARROW, SIZES, Case, make_bench, make_project, shown, use_theme
from tests.support.fitting import misfits
from tests.support.runs import project_in
from tests.support.small_engine import running_engine


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return make_project(tmp_path_factory.mktemp("every"))


@pytest.fixture
def full(qapp: QApplication, tmp_path: Path, project: ProjectFolder) -> Workbench:
    use_theme("dark")
    bench = make_bench(tmp_path)
    bench.open(project.path)
    bench.refresh()
    return bench


def test_every_kind_of_view_is_looked_at() -> None:
    assert {case.kind for case in CASES} == set(VIEWS)


@pytest.mark.parametrize("sizes", [SIZES, NARROW], ids=["1480x920", "1180x720"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_is_cut(full: Workbench, case: Case, sizes: dict[str, tuple[int, int]]) -> None:
    size = sizes[VIEWS[case.kind].area]
    with shown(full, case, size) as panel:
        found = misfits(panel, size[0])
        assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("sizes", [SIZES, NARROW], ids=["1480x920", "1180x720"])
@pytest.mark.parametrize("case", EMPTY, ids=str)
def test_nothing_is_cut_where_nothing_is(
    qapp: QApplication, tmp_path: Path, case: Case, sizes: dict[str, tuple[int, int]]
) -> None:
    bench = make_bench(tmp_path)
    bench.open(project_in(tmp_path).path)
    size = sizes[VIEWS[case.kind].area]
    with shown(bench, case, size) as panel:
        found = misfits(panel, size[0])
        assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("kind", ["server", "playground"])
def test_nothing_is_cut_while_the_server_runs(full: Workbench, project: ProjectFolder, kind: str) -> None:
    with running_engine(project, ["queues@v1", "queues@v2"]):
        full.refresh()
        assert full.server.state == "ready"
        size = NARROW[VIEWS[kind].area]
        with shown(full, Case(kind, kind), size) as panel:
            found = misfits(panel, size[0])
    assert not found, "\n" + "\n".join(found)


def test_what_is_cut_is_found(qapp: QApplication) -> None:
    page, inner = QWidget(), QWidget()
    inner.setLayout(column(label("far too long for its place " * 9)))
    button, elided, low = (
        QPushButton("Apply 9 changes"),
        Elided("the-name-of-a-run"),
        label("two lines " * 9, wraps=True),
    )
    page.setLayout(column(scrolled(inner), button, elided, low))
    button.setFixedWidth(70)
    low.setFixedSize(120, 14)
    elided.setFixedWidth(20)
    page.resize(300, 300)
    page.show()
    QApplication.processEvents()
    told = "\n".join(misfits(page, 60))
    for sign in ("the panel needs", "QScrollArea shows", "QPushButton 'Apply", "pixels in height", "shows only '…"):
        assert sign in told, (sign, told)
    page.deleteLater()
