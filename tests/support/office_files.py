"""Small workbooks and PDFs, made by hand: the libraries that read them can't write."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

Cell = str | int | float | bool | None
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]], *, formula: str = "") -> bytes:
    """An XLSX file; `formula` stands in the last cell of each sheet, without a saved value."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        numbers = range(1, len(sheets) + 1)
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.spreadsheetml.worksheet+xml"/>'
            for n in numbers
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/'
            f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{parts}</Types>',
        )
        archive.writestr("_rels/.rels", _relations({1: "xl/workbook.xml"}, "officeDocument"))
        archive.writestr("xl/_rels/workbook.xml.rels", _relations({n: f"worksheets/sheet{n}.xml" for n in numbers}))
        names = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{names}</sheets></workbook>'
        )
        for n, rows in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(rows, formula))
    return content.getvalue()


def _relations(targets: Mapping[int, str], kind: str = "worksheet") -> str:
    listed = "".join(f'<Relationship Id="r{n}" Type="{_RELATIONS}/{kind}" Target="{to}"/>' for n, to in targets.items())
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _sheet(rows: Sequence[Sequence[Cell]], formula: str) -> str:
    written = [
        f'<row r="{line}">' + "".join(_cell(f"{chr(65 + at)}{line}", value) for at, value in enumerate(row)) + "</row>"
        for line, row in enumerate(rows, start=1)
    ]
    if formula:
        written.append(f'<row r="{len(rows) + 1}"><c r="A{len(rows) + 1}"><f>{escape(formula)}</f></c></row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(written)}</sheetData></worksheet>'


def _cell(place: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def pdf(pages: Sequence[str]) -> bytes:
    """A PDF with lines of text in Helvetica, one string per page."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n, text in enumerate(pages):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {5 + 2 * n} 0 R/Resources<</Font<</F 3 0 R>>>>>>"
        )
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n") if line)
        stream = f"BT /F 12 Tf 50 700 Td {lines}ET"
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += f"{number} 0 obj{body}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    head, tail = f"xref\n0 {size}\n0000000000 65535 f \n", f"trailer<</Size {size}/Root 1 0 R>>"
    return content + f"{head}{table}{tail}\nstartxref\n{len(content)}\n%%EOF".encode()
