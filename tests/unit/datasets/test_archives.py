"""Archives and folders: what is inside as one table, and what must not get out."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from pipeline.datasets.readers import unpack
from pipeline.datasets.readers.read import fingerprint, read_table
from pipeline.errors import BadInput

CSV = b"text,label\nlate again,parcel\nwrong bill,invoice\n"


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return content.getvalue()


def saved(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("name", "packed"), [("a.csv.gz", gzip.compress(CSV)), ("a.csv.bz2", bz2.compress(CSV))], ids=["gzip", "bzip2"]
)
def test_packed_files_are_read_like_what_they_hold(tmp_path: Path, name: str, packed: bytes) -> None:
    table = read_table(saved(tmp_path, name, packed))
    assert (table.format, table.rows[1], table.place(1)) == ("csv", ("wrong bill", "invoice"), f"{name}:3")
    assert table.path == tmp_path / name


def test_a_zip_is_one_table_of_the_files_that_fit(tmp_path: Path) -> None:
    members = {
        "data/train.csv": CSV,
        "data/more.jsonl": b'{"text": "hm", "label": "other"}\n',
        "people.csv": b"name,age\nAnn,40\n",
        "README.md": b"# About\n",
        "__MACOSX/data/._train.csv": b"\x00\x05",
        "packed.csv.gz": gzip.compress(b"text,label\nzip in zip,other\n"),
    }
    table = read_table(saved(tmp_path, "all.zip", zipped(members)))
    assert sorted(table.rows) == [
        ("hm", "other"),
        ("late again", "parcel"),
        ("wrong bill", "invoice"),
        ("zip in zip", "other"),
    ]
    assert "all.zip#data/train.csv:2" in [table.place(index) for index in range(4)]
    assert [problem.code for problem in table.problems] == ["data.left_out"]
    assert read_table(Path(f"{tmp_path}/all.zip#people.csv")).rows == [("Ann", "40")]


def test_a_folder_is_read_at_any_depth_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    saved(tmp_path / "deep", "a.csv", CSV)
    saved(tmp_path, "b.csv", CSV + b"one,two,three,four\n")
    saved(tmp_path, "broken.json", b"{]")
    saved(tmp_path, ".hidden.csv", CSV)
    table = read_table(tmp_path)
    assert len(table.rows) == 4
    assert [(row.part, row.line) for row in table.bad] == [("b.csv", 4)]
    assert {problem.code for problem in table.problems} == {"data.unreadable_part"}
    assert [table.index_of(table.place(index)) for index in range(4)] == [0, 1, 2, 3]
    assert table.index_of("elsewhere.csv:2") is None
    before = fingerprint(tmp_path)
    saved(tmp_path, "b.csv", CSV)
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize("name", ["../escaped.csv", "a/../../escaped.csv", "/etc/escaped.csv", "C:\\escaped.csv"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(saved(tmp_path, "x.zip", zipped({name: CSV, "a.csv": CSV})))
    assert refused.value.code == "data.unsafe_archive"
    assert list(tmp_path.iterdir()) == [tmp_path / "x.zip"]


def test_bombs_are_refused_while_they_are_unpacked(tmp_path: Path) -> None:
    zeros = b"0" * (3 << 20)
    for packed in (gzip.compress(zeros), bz2.compress(zeros)):
        with pytest.raises(BadInput) as refused:
            unpack.unpack_stream(packed, Path("x.gz"), most=1 << 20)
        assert refused.value.code == "data.too_large"
    lying = zipped({"a.csv": zeros, "b.csv": zeros}).replace((3 << 20).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    with pytest.raises(BadInput):
        list(unpack.unpack_members(lying, Path("x.zip"), most=1 << 20))
    nested = zipped({"a.zip": zipped({"b.zip": zipped({"c.csv": CSV})})})
    with pytest.raises(BadInput) as refused:
        read_table(saved(tmp_path, "x.zip", nested))
    assert refused.value.code == "data.too_large"


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(CSV)[:-9], gzip.compress(CSV)[:12], bz2.compress(CSV)[:20], zipped({"a.csv": CSV})[:60]],
    ids=["gzip", "gzip's head", "bzip2", "zip"],  # not the bytes: they hold the time
)
def test_archives_that_are_cut_off_are_refused(tmp_path: Path, packed: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(saved(tmp_path, "x.bin", packed))
    assert refused.value.code == "data.unreadable"
    assert refused.value.hint


def test_archives_without_data_name_what_they_hold(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"picture\.png") as refused:
        read_table(saved(tmp_path, "x.zip", zipped({"picture.png": b"\x89PNG", "a.png": b""})))
    assert refused.value.code == "data.directory"
    with pytest.raises(BadInput) as refused:
        read_table(Path(f"{saved(tmp_path, 'y.zip', zipped({'a.csv': CSV}))}#b.csv"))
    assert refused.value.code == "data.no_part"
