"""Folders that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.files import LEFT_S, new_folder


def test_a_folder_is_there_when_it_is_whole(tmp_path: Path) -> None:
    with new_folder(tmp_path / "v1") as made:
        (made / "rows").write_text("all of them")
        assert not (tmp_path / "v1").exists()
    assert (tmp_path / "v1" / "rows").read_text() == "all of them"
    with pytest.raises(FileExistsError), new_folder(tmp_path / "v1"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["v1"]


def test_what_a_killed_process_left_goes_a_day_later(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (".v1.aaaa", ".v1.bbbb", ".v2.cccc"))
    for each in (old, new, other):
        each.mkdir()
        (each / "rows").write_text("half of them")
    for each in (old, other):
        then = each.stat().st_mtime - LEFT_S - 10
        os.utime(each, (then, then))
    with new_folder(tmp_path / "v1"):
        pass
    assert sorted(each.name for each in tmp_path.iterdir()) == [".v1.bbbb", ".v2.cccc", "v1"]
