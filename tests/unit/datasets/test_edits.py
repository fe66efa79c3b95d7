"""Edits over rows: what a plan's edits file changes, in every path that builds a version, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.datasets.edits import Edit, read_edits, row_key, with_edits
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.examine import examine
from pipeline.datasets.versions.version import SPLITS, DatasetVersion
from pipeline.errors import BadInput
from pipeline.plan.model import Plan

COLUMNS = ["text", "queue"]
ROWS = [(f"message {number} about a {'bill' if number % 2 else 'parcel'}", "billing" if number % 2 else "delivery")
        for number in range(20)]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write(tmp_path, ROWS)
    return tmp_path


def write(project: Path, rows: list[tuple[str, str]]) -> None:
    lines = ["text,queue", *(f"{text},{queue}" for text, queue in rows)]
    (project / "data" / "tickets.csv").write_text("\n".join(lines) + "\n", "utf-8")


def edit(row: tuple[str, str], place: int, **cells: Any) -> Edit:
    return Edit("data/tickets.csv", f"tickets.csv:{place}", row_key(COLUMNS, row), cells)


def save(project: Path, *edits: Edit) -> None:
    (project / "edits.jsonl").write_text("".join(each.line for each in edits), "utf-8")


def plan(edits: str | None = "edits.jsonl") -> Plan:
    return Plan.model_validate(
        {
            "name": "queues",
            "task": "classification",
            "dataset": {
                "sources": [{"path": "data/tickets.csv"}],
                "columns": {"prompt": ["text"], "completion": ["queue"]},
                "edits": edits,
            },
        }
    )


def labels(version: DatasetVersion) -> dict[str, str | None]:
    return {row.prompt[-1]["content"]: row.label for split in SPLITS for row in version.rows(split)}


def test_a_version_is_built_of_the_edited_rows(project: Path) -> None:
    before = (project / "data" / "tickets.csv").read_bytes()
    plain = build_version(plan(None), project)
    save(project, edit(ROWS[3], 5, queue="delivery"))
    edited = build_version(plan(), project)
    assert labels(plain)[ROWS[3][0]] == "billing"
    assert labels(edited)[ROWS[3][0]] == "delivery"
    assert edited.id != plain.id
    assert edited.manifest.edits is not None
    assert edited.manifest.edits.rows == 1
    assert (project / "data" / "tickets.csv").read_bytes() == before


def test_the_same_edits_give_the_same_version(project: Path) -> None:
    save(project, edit(ROWS[3], 5, queue="delivery"))
    first = build_version(plan(), project)
    save(project, edit(ROWS[3], 5, queue="sales"), edit(ROWS[3], 5, queue="delivery"))
    assert build_version(plan(), project).id == first.id, "the content decides, not the way to it"


def test_a_plan_without_edits_says_nothing_of_them() -> None:
    assert "edits" not in plan(None).dataset.model_dump(mode="json")
    assert plan().dataset.model_dump(mode="json")["edits"] == "edits.jsonl"


def test_a_check_looks_at_the_edited_rows(project: Path) -> None:
    save(project, edit(ROWS[3], 5, queue="sales"))
    assert examine(plan(), project, is_quick=True).labels == {"delivery": 10, "billing": 9, "sales": 1}


def test_an_edit_finds_its_row_in_a_newer_file(project: Path) -> None:
    save(project, edit(ROWS[3], 5, queue="delivery"))
    write(project, list(reversed(ROWS)))
    assert labels(build_version(plan(), project))[ROWS[3][0]] == "delivery"


def test_an_edit_whose_row_is_gone_is_named(project: Path) -> None:
    save(project, edit(("another message", "billing"), 5, queue="delivery"))
    (lost,) = [each for each in build_version(plan(), project).report().problems if each.code == "data.lost_edits"]
    assert lost.count == 1
    assert "tickets.csv:5" in lost.examples[0]


def test_a_new_column_is_added_to_every_row(project: Path) -> None:
    table = read_table(project / "data" / "tickets.csv")
    edited = with_edits(table, [edit(ROWS[3], 5, urgent="yes"), edit(ROWS[4], 6, text="new")])
    assert edited.table.columns == ["text", "queue", "urgent"]
    assert edited.table.rows[3] == (*ROWS[3], "yes")
    assert edited.table.rows[4] == ("new", ROWS[4][1], None)
    assert edited.columns_of == {3: frozenset({"urgent"}), 4: frozenset({"text"})}
    assert table.columns == ["text", "queue"], "the table that was read stays"


def test_rows_that_are_alike_have_edits_of_their_own(project: Path) -> None:
    write(project, [ROWS[0], ROWS[1], ROWS[0], ROWS[0]])
    table = read_table(project / "data" / "tickets.csv")
    assert set(with_edits(table, [edit(ROWS[0], 4, queue="sales")]).columns_of) == {2}
    both = with_edits(table, [edit(ROWS[0], 2, queue="sales"), edit(ROWS[0], 4, queue="other")])
    assert [row[1] for row in both.table.rows] == ["sales", "billing", "other", "delivery"]
    moved = with_edits(table, [edit(ROWS[0], 88, queue="a"), edit(ROWS[0], 99, queue="b"), edit(ROWS[0], 2, queue="c")])
    assert [row[1] for row in moved.table.rows] == ["c", "billing", "a", "b"]
    many = with_edits(table, [edit(ROWS[0], place, queue="x") for place in (91, 92, 93, 94)])
    assert (set(many.columns_of), [each.place for each in many.lost]) == ({0, 2, 3}, ["tickets.csv:94"])


def test_a_line_that_was_being_written_does_not_count(project: Path) -> None:
    path = project / "edits.jsonl"
    path.write_text(edit(ROWS[3], 5, queue="delivery").line + '{"source": "data/ti', "utf-8")
    assert len(read_edits(path)) == 1
    path.write_text(edit(ROWS[3], 5, queue="delivery").line.strip(), "utf-8")
    assert len(read_edits(path)) == 1, "by hand, without the line's end"


@pytest.mark.parametrize(
    "line", ["{", "[]", "[" * 5_000, '{"source": 1, "place": "a", "row": "b", "cells": {}}'], ids=list("abcd")
)
def test_a_broken_line_is_named(project: Path, line: str) -> None:
    save(project, edit(ROWS[3], 5, queue="delivery"))
    with (project / "edits.jsonl").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(BadInput, match="Line 2") as error:
        build_version(plan(), project)
    assert error.value.code == "data.bad_edits"


def test_a_missing_edits_file_is_refused(project: Path) -> None:
    with pytest.raises(BadInput) as error:
        build_version(plan(), project)
    assert error.value.code == "data.no_edits"


def test_rows_that_are_not_edited_are_not_copied(project: Path) -> None:
    table = read_table(project / "data" / "tickets.csv")
    rows = with_edits(table, [edit(ROWS[3], 5, queue="sales", extra="x")]).table.rows
    assert len(rows) == len(ROWS)
    assert rows[3] == (ROWS[3][0], "sales", "x")
    assert rows[-1] == (*ROWS[-1], None)
    assert rows[2:4] == [(*ROWS[2], None), rows[3]]
    assert list(rows) == [rows[at] for at in range(len(rows))]
