"""CSV and TSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets.readers.dialect import detect_dialect
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.table import Table


def read(folder: Path, content: str | bytes, name: str = "export.csv") -> Table:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(tmp_path: Path, delimiter: str, line_end: str) -> None:
    lines = [delimiter.join(cells) for cells in (("text", "label"), ("one, two; three", "a"), ("four", "b"))]
    quoted = line_end.join(lines).replace("one, two; three", '"one, two; three"') + line_end
    table = read(tmp_path, quoted)
    assert table.columns == ["text", "label"]
    assert table.rows == [("one, two; three", "a"), ("four", "b")]
    assert table.delimiter == delimiter
    assert table.lines == [2, 3]


def test_quoted_newlines_keep_the_line_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, 'text,label\n"first\nsecond\n\nthird",a\n"say ""hi""",b\n')
    assert table.rows == [("first\nsecond\n\nthird", "a"), ('say "hi"', "b")]
    assert table.lines == [2, 6]
    assert table.place(1) == "export.csv:6"


def test_ragged_rows_are_set_aside_with_their_line(tmp_path: Path) -> None:
    table = read(tmp_path, "text,label\none,a\ntwo,b,c\nthree\nfour,d,,\n\nfive,e\n")
    assert [row[0] for row in table.rows] == ["one", "four", "five"]
    assert [(bad.line, bad.code) for bad in table.bad] == [(3, "data.ragged_row"), (4, "data.ragged_row")]
    assert table.all_problems()[0].count == 2
    assert "line 3: 3 fields where the header has 2" in table.all_problems()[0].message


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(tmp_path: Path) -> None:
    quoted = "".join(f'"row {number}, and more",a\n' for number in range(50))
    plain = "".join(f"row {number},b\n" for number in range(50))
    table = read(tmp_path, f'text,label\n{quoted}"oops,a\n{plain}')
    assert len(table.rows) == 100
    assert [(bad.line, bad.code) for bad in table.bad] == [(52, "data.unclosed_quote")]
    assert (table.lines[-1], table.rows[-1]) == (102, ("row 49", "b"))


def test_an_open_quote_before_quoted_rows_costs_two_lines(tmp_path: Path) -> None:
    quoted = "".join(f'"row {number}, and more",a\n' for number in range(50))
    table = read(tmp_path, f'text,label\n{quoted}"oops,a\n{quoted}')
    assert len(table.rows) == 99
    assert [(bad.line, bad.code) for bad in table.bad] == [(52, "data.ragged_row")]


def test_a_header_in_the_middle_is_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, "text,label\none,a\ntext,label\ntwo,b\n")
    assert table.rows == [("one", "a"), ("two", "b")]
    assert [(bad.line, bad.code) for bad in table.bad] == [(3, "data.repeated_header")]


def test_a_cell_of_two_megabytes(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    table = read(tmp_path, "text,label\n" + "word " * 400_000 + ",long\nshort,b\n")
    assert len(table.rows[0][0]) == 2_000_000
    assert table.rows[1] == ("short", "b")
    assert csv.field_size_limit() == limit


def test_backslashes_and_spaces_before_quotes(tmp_path: Path) -> None:
    escaped = read(tmp_path, 'text,label\n"say \\"hi, you\\"",a\n"b",c\n')
    assert escaped.rows == [('say "hi, you"', "a"), ("b", "c")]
    spaced = read(tmp_path, 'text, label\n"one, two", "a"\n"three", "b"\n')
    assert spaced.rows == [("one, two", "a"), ("three", "b")]


def test_quotes_that_are_inches_do_not_swallow_lines(tmp_path: Path) -> None:
    table = read(tmp_path, 'text\tlabel\n5" pipe\ta\n"quoted start\tb\n6" pipe\tc\n7" pipe\td\n')
    assert len(table.rows) == 4


def test_one_column_with_commas_stays_one(tmp_path: Path) -> None:
    table = read(tmp_path, "text\nHello, world\nNo commas here\nOne, two, three\n")
    assert table.columns == ["text"]
    assert table.rows == [("Hello, world",), ("No commas here",), ("One, two, three",)]


def test_decimal_commas_do_not_win_over_semicolons(tmp_path: Path) -> None:
    table = read(tmp_path, "text;price\nmug;1,50\npot;22,90\n")
    assert table.rows == [("mug", "1,50"), ("pot", "22,90")]


def test_excels_separator_line_is_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, "sep=;\r\ntext;label\r\none;a\r\n")
    assert (table.columns, table.rows, table.lines) == (["text", "label"], [("one", "a")], [3])


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("I lost my card yesterday and need help,lost_card\nWhere is my card now,lost_card\n", 2),
        ("1,2,3\n4,5,6\n", 3),
        ("spam,Win money\nham,See you\nspam,Win more\n", 2),
        ("x@example.org,yes\ny@example.org,no\n", 2),
    ],
)
def test_files_without_a_header(tmp_path: Path, content: str, columns: int) -> None:
    table = read(tmp_path, content)
    assert table.columns == [f"column_{number}" for number in range(1, columns + 1)]
    assert len(table.rows) == content.count("\n")
    assert [problem.code for problem in table.problems] == ["data.no_header"]


@pytest.mark.parametrize(
    "content", ["text,label\na,b\n", "Frage,Antwort\nWer?,Ich\n", "First reply (min),Queue\n3,x\n"]
)
def test_files_with_a_header(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content).columns == content.split("\n", maxsplit=1)[0].split(",")


def test_blank_and_repeated_column_names_become_usable(tmp_path: Path) -> None:
    assert read(tmp_path, "text,,text,label\na,b,c,d\n").columns == ["text", "column_2", "text_2", "label"]


_CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from(',;"\n'), max_size=12)


@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=3, max_size=12), st.sampled_from([",", ";", "\t"]))
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", "label", "note"), *rows])
    dialect = detect_dialect(buffer.getvalue())
    assert [tuple(fields) for _, fields in dialect.records(buffer.getvalue())][1:] == rows


def test_a_single_column_with_some_fields_in_quotes(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(b'text\r\nplain\r\n"My invoice, case 0"\r\n"two\r\nlines and ""quotes"""\r\n')
    assert [row[0] for row in read_table(path).rows] == ["plain", "My invoice, case 0", 'two\r\nlines and "quotes"']
    path.write_text('text\n"Hello," she said.\nplain\n')
    assert [row[0] for row in read_table(path).rows] == ['"Hello," she said.', "plain"]
