"""PDF, DOCX, HTML, Markdown, plain text and Arrow."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import docx
import pyarrow as pa
import pytest

from pipeline.datasets.readers.content import read_content
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput
from tests.support.office_files import pdf, workbook


def read(folder: Path, name: str, content: bytes | str) -> Table:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(folder / name)


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Returns", 1)
    document.add_heading("How long", 2)
    document.add_paragraph("Thirty days.")
    document.add_heading("Where to", 2)
    document.add_paragraph("To the shop.")
    cells = document.add_table(rows=2, cols=2)
    for at, text in enumerate(["Country", "Days", "France", "14"]):
        cells.cell(at // 2, at % 2).text = text
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def test_word_sections_keep_their_headings_and_tables(tmp_path: Path) -> None:
    table = read(tmp_path, "returns.docx", word())
    assert table.format == "docx"
    assert table.rows == [
        ("# Returns\n## How long\nThirty days.",),
        ("## Where to\nTo the shop.\n| Country | Days |\n| France | 14 |",),
    ]


def test_a_document_that_is_a_table_is_read_as_one(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>text number {n}</td><td>{'ab'[n % 2]}</td></tr>" for n in range(4))
    table = read(
        tmp_path, "x.html", f"<html><p>All:</p><table><tr><th>text</th><th>label</th></tr>{rows}</table></html>"
    )
    assert table.columns == ["text", "label"]
    assert table.rows[3] == ("text number 3", "b")


def test_html_is_read_without_what_is_not_its_text(tmp_path: Path) -> None:
    page = (
        "<!doctype html><html><head><title>t</title><script>evil()</script></head><body><nav>Home</nav><main>"
        "<h1>Fees</h1><p>Ten <b>euros</b>&nbsp;each.</p><h2>Later</h2><ul><li>one</li><li>two</li></ul>"
        "<!-- hidden --><style>p{}</style></main><footer>Imprint</footer></body></html>"
    )
    assert read(tmp_path, "page", page).rows == [("# Fees\nTen euros each.",), ("## Later\n- one\n- two",)]


def test_a_page_that_nests_too_deeply_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, "x.html", "<html>" + "<div>" * 200 + "deep" + "</div>" * 200).rows == [("deep",)]
    with pytest.raises(BadInput):
        read(tmp_path, "x.html", "<html><body>" + "<div>" * 50_000 + "deep" + "</div>" * 50_000)


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><body><p>a &x; b</p></body></html>'
    assert "the secret" not in str(read(tmp_path, "x.html", page).rows)
    entity = f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{secret}">]>'
    for name, content, member in (
        ("x.docx", word(), "word/document.xml"),
        ("x.xlsx", workbook({"S": [["a"]]}), "sheet1"),
    ):
        sheet = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sheet, "w") as new:
            for each in old.namelist():
                raw = old.read(each)
                if member in each:
                    head, _, body = raw.decode().rpartition("?>")
                    raw = f"{head}{'?>' * bool(head)}{entity}{body}".replace("Thirty days.", "&x;").encode()
                new.writestr(each, raw)
        try:
            assert "the secret" not in str(read(tmp_path, name, sheet.getvalue()).rows)
        except BadInput as refused:
            assert refused.hint


def test_pdf_pages_are_rows(tmp_path: Path) -> None:
    table = read(tmp_path, "x.pdf", pdf(["First page\nsecond line", "", "Third page"]))
    assert [(line, row[0].split()) for line, row in zip(table.lines, table.rows, strict=True)] == [
        (1, ["First", "page", "second", "line"]),
        (3, ["Third", "page"]),
    ]
    assert [problem.code for problem in table.problems] == ["data.page_without_text"]
    with pytest.raises(BadInput, match="OCR") as refused:
        read(tmp_path, "scan.pdf", pdf(["", ""]))
    assert refused.value.code == "data.no_text"


def test_markdown_sections_and_transcripts(tmp_path: Path) -> None:
    text = "# Fees\n\nTen.\n\n```\n# no heading\n```\n\n## Later\n\nTwenty.\n"
    table = read(tmp_path, "x.md", text)
    assert [row[0].split("\n")[0] for row in table.rows] == ["# Fees", "## Later"]
    assert table.lines == [1, 9]
    assert read(tmp_path, "y.md", "User: a\nBot: b\n").columns == ["messages"]


def test_text_is_cut_where_its_author_cut_it(tmp_path: Path) -> None:
    assert [row[0] for row in read(tmp_path, "a.txt", "one\nstill one\n\n\ntwo\n").rows] == ["one\nstill one", "two"]
    long = "A sentence that goes on and on. " * 10
    assert len(read(tmp_path, "b.txt", f"{long}\n{long}\n").rows) == 2


@pytest.mark.parametrize("form", ["file", "stream"])
def test_arrow_is_read_in_both_forms(tmp_path: Path, form: str) -> None:
    table = pa.table({"text": ["a", None], "scores": [[1.0, float("nan")], []]})
    sink = pa.BufferOutputStream()
    opened = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
    with opened(sink, table.schema) as writer:
        writer.write_table(table)
    found = read(tmp_path, "x.arrow", sink.getvalue().to_pybytes())
    assert (found.format, found.columns) == ("arrow", ["text", "scores"])
    assert found.rows == [("a", [1.0, None]), (None, [])]


@pytest.mark.parametrize("name", ["x.pdf", "x.docx", "x.xlsx", "x.html", "x.arrow"])
def test_damaged_files_are_read_or_refused_but_never_break(name: str) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, pa.schema([("a", pa.string())])) as writer:
        writer.write_table(pa.table({"a": ["one", "two"] * 20}))
    whole = {
        "x.pdf": pdf(["First page", "second"]),
        "x.docx": word(),
        "x.xlsx": workbook({"S": [["text", "label"], ["a", "b"]]}),
        "x.html": b"<html><body><table><tr><td>a</td></tr></table><p>b</p></body></html>",
        "x.arrow": sink.getvalue().to_pybytes(),
    }[name]
    draw = random.Random(name)
    refused = 0
    for _ in range(40):
        broken = bytearray(whole)
        for _ in range(draw.randint(1, 12)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        try:
            read_content(bytes(broken[: draw.randint(len(broken) // 2, len(broken))]), Path(name))
        except BadInput as error:
            assert error.hint
            refused += 1
    assert refused > 0 or name == "x.html"
