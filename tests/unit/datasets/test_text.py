"""Bytes into text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets.readers.text import decode
from pipeline.errors import BadInput

HERE = Path("export.csv")
GERMAN = "Grüße aus Köln – “schön”, 5 €\nÜber den Fluß\n"
RUSSIAN = "Здравствуйте, где моя посылка? Я жду её уже вторую неделю.\nСпасибо за ответ, всего хорошего.\n" * 5
POLISH = (
    "Cześć, gdzie jest moja paczka? Czekam już tydzień, proszę o szybką odpowiedź.\nDziękuję, życzę miłego dnia.\n" * 5
)
JAPANESE = "注文した商品が届きません。確認をお願いします。\nパスワードを忘れました。\n請求書が二重に届いています。\n"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "utf-32", "utf-32"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
        (GERMAN, "cp1252", "windows-1252"),
        ("café\n", "latin-1", "windows-1252"),
        (RUSSIAN, "cp1251", "cp1251"),
        (POLISH, "cp1250", "cp1250"),
        (JAPANESE, "shift_jis", "cp932"),
    ],
)
def test_encodings_are_told_apart(text: str, codec: str, name: str) -> None:
    decoded = decode(text.encode(codec), HERE)
    assert decoded.text == text
    assert decoded.encoding == name
    assert decoded.problems == []


def test_windows_bytes_in_a_utf8_file_are_read_and_reported() -> None:
    raw = "schön, größer, Größe\n".encode() + "für 5 €\n".encode("cp1252")
    decoded = decode(raw, HERE)
    assert decoded.text == "schön, größer, Größe\nfür 5 €\n"
    assert [(problem.code, problem.count) for problem in decoded.problems] == [("data.mixed_encoding", 2)]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"7z\xbc\xaf\x27\x1c" + b"\x00" * 50, "7z"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"a" * 257 + b"ustar", "tar"),
        (bytes(range(256)) * 40, "not a text file"),
        ("a,b\n1,2\n".encode("utf-16")[:-1] + b"\xd8", "UTF-16"),
    ],
)
def test_what_is_no_text_is_refused_with_its_kind(raw: bytes, word: str) -> None:
    with pytest.raises(BadInput) as refused:
        decode(raw, HERE)
    assert refused.value.code == "data.unreadable"
    assert word in refused.value.message
    assert refused.value.hint


def test_a_stray_control_character_is_forgiven() -> None:
    assert decode(b"a,b\n" + b"x" * 400 + b"\x02,y\n", HERE).encoding == "utf-8"
