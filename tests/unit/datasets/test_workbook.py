"""Excel workbooks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.errors import BadInput
from tests.support.office_files import Cell, workbook

ROWS: list[list[Cell]] = [["text", "label", "stars"], ["late again", "parcel", 2], ["wrong bill", "invoice", 1.5]]


def saved(folder: Path, content: bytes, name: str = "book.xlsx") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_rows_have_names_values_and_places(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, workbook({"Tickets": ROWS})))
    assert table.format == "excel"
    assert table.columns == ["text", "label", "stars"]
    assert table.rows == [("late again", "parcel", 2), ("wrong bill", "invoice", 1.5)]
    assert table.place(1) == "book.xlsx:3"


def test_titles_and_empty_rows_above_the_names_are_set_aside(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, workbook({"S": [["Tickets of May"], [], *ROWS]})))
    assert table.columns == ["text", "label", "stars"]
    assert [(row.line, row.code, row.raw) for row in table.bad] == [(1, "data.above_header", "Tickets of May")]
    assert table.place(0) == "book.xlsx:4"


def test_sheets_with_the_same_columns_are_one_table(tmp_path: Path) -> None:
    more: list[list[Cell]] = [["label", "text", "stars"], ["parcel", "where is it", None]]
    book = saved(tmp_path, workbook({"May": ROWS, "June": more, "Notes": [["who", "when"], ["Ann", "Monday"]]}))
    table = read_table(book)
    assert table.rows[2] == ("where is it", "parcel", None)
    assert table.place(2) == "book.xlsx#June:2"
    (left,) = [problem for problem in table.problems if problem.code == "data.left_out"]
    assert "Notes" in left.message
    assert "book.xlsx#Notes" in left.hint


def test_one_sheet_can_be_named(tmp_path: Path) -> None:
    book = saved(tmp_path, workbook({"May": ROWS, "Notes": [["who", "when"], ["Ann", "Monday"]]}))
    assert read_table(Path(f"{book}#Notes")).rows == [("Ann", "Monday")]
    with pytest.raises(BadInput, match="no sheet 'July'") as refused:
        read_table(Path(f"{book}#July"))
    assert refused.value.code == "data.no_part"
    assert "May, Notes" in refused.value.hint


def test_formulas_are_never_run(tmp_path: Path) -> None:
    formula = 'WEBSERVICE("http://127.0.0.1:9/" & A1)'
    table = read_table(saved(tmp_path, workbook({"S": ROWS}, formula=formula)))
    assert table.rows == [("late again", "parcel", 2), ("wrong bill", "invoice", 1.5)]


def test_two_cells_in_opposite_corners_are_refused_before_they_fill_memory(tmp_path: Path) -> None:
    content = workbook({"S": [*ROWS, ["far"]]})
    corner = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(corner, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'r="A4"', b'r="XFD1048576"'))
    with pytest.raises(BadInput, match="17,179,869,184 cells") as refused:
        read_table(saved(tmp_path, corner.getvalue()))
    assert refused.value.code == "data.too_large"


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.99])
def test_a_workbook_that_is_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    content = workbook({"S": ROWS})
    with pytest.raises(BadInput) as refused:
        read_table(saved(tmp_path, content[: int(len(content) * keep)]))
    assert refused.value.code == "data.unreadable"


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(saved(tmp_path, workbook({"S": [], "T": [["only a name"]]})))
    assert refused.value.code == "data.empty_file"


def test_what_rust_gives_up_on_is_refused(tmp_path: Path) -> None:
    """An old workbook's head with nothing sensible behind it: calamine panics on some of these."""
    for size in (600, 1200, 4096):
        with pytest.raises(BadInput) as refused:
            read_table(
                saved(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * (size // 256), "x.xls")
            )
        assert refused.value.code == "data.unreadable"
