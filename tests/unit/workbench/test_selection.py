"""What the next command acts on."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workbench.actions.data import chosen_source
from app.workbench.bench import Workbench
from app.workbench.recent import RecentProjects
from app.workbench.selection import Selection, is_version_address
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList
from app.workbench.views import ViewRequest

VERSION = "tickets@0123456789ab"


@pytest.mark.parametrize(
    "path", ["/srv/lena@office/desk/data/tickets.csv", "data/export@2024.csv", r"C:\desk@home\rows.jsonl", ""]
)
def test_a_path_with_an_at_is_no_version(path: str) -> None:
    assert not is_version_address(path)
    selection = Selection()
    selection.choose_source(path)
    assert selection.get("path") == path
    assert selection.get("dataset") == ""


def test_a_version_and_a_file_are_not_chosen_at_once() -> None:
    selection = Selection()
    selection.choose_source(VERSION)
    assert (selection.get("dataset"), selection.get("path")) == (VERSION, "")
    selection.choose_source("data/tickets.csv")
    assert (selection.get("dataset"), selection.get("path")) == ("", "data/tickets.csv")


def test_rows_that_come_to_the_front_are_the_chosen_ones(tmp_path: Path) -> None:
    settings, recent = SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")
    bench = Workbench(InlineTasks(), JobList(), settings, recent)
    bench.selection.choose_source(VERSION)
    bench.views.activated(ViewRequest("labels", "data/tickets.csv"))
    assert chosen_source(bench) == "data/tickets.csv"
    bench.views.activated(ViewRequest("plan"))
    bench.selection.choose_source(VERSION)
    assert chosen_source(bench) == VERSION
