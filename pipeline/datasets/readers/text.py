"""Bytes into text: byte order marks, UTF-8, UTF-16 without a mark, Windows-1252, and the rest by charset-normalizer."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.datasets.problem import Problem, counted, excerpt
from pipeline.errors import BadInput

_MARKS = (  # the longer one first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"\xd0\xcf\x11\xe0", "an old Office document", "Save it as XLSX or DOCX."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first, or pack it as ZIP."),
    (b"Rar!", "a RAR archive", "Unpack it first, or pack it as ZIP."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first: unxz FILE."),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive", "Unpack it first: unzstd FILE."),
    (b"\x89PNG", "a picture", "Give a file with text."),
    (b"\xff\xd8\xff", "a picture", "Give a file with text."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
)
_SAMPLE_BYTES = 1 << 20
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_HIGH = re.compile(r"[^\x00-\x7f]")
# What Western text never has: a sign, or a capital after a small letter, inside a word.
_STRANGE_IN_WINDOWS_1252 = re.compile(
    r"[^\W\d_][¡¢£¤¥¦§¨©«¬®¯±²³´¶¸¹»¼½¾¿†‡‰¨ˆ˜„‚ƒ…•™][^\W\d_]|[a-zß-ÿ][ŠŒŽŸÀ-ÖØ-Þ][a-zß-ÿ]|[\x81\x8d\x8f\x90\x9d]"
)
_RUN_OF_HIGH = re.compile(r"[^\x00-\x7f]{3,}")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A file's text and how it was encoded."""

    text: str
    encoding: str
    problems: list[Problem]


def decode(raw: bytes, path: Path) -> DecodedText:
    """Turns a file's bytes into text without losing a character.

    Args:
        raw: the whole file.
        path: for messages.

    Raises:
        BadInput: `data.unreadable`, for what is no text.
    """
    if raw[257:262] == b"ustar":
        raise BadInput("data.unreadable", f"{path} is a tar archive.", "Unpack it and give the folder.")
    for magic, kind, hint in _MAGIC:
        if raw.startswith(magic):
            raise BadInput("data.unreadable", f"{path} is {kind}, not a text file.", hint)
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decode_marked(raw, encoding, path)
    wide = _utf16_without_mark(raw)
    if wide:
        return DecodedText(raw.decode(wide, "replace"), wide, [])
    refuse_binary(raw, path)
    try:
        return DecodedText(raw.decode("utf-8"), "utf-8", [])
    except UnicodeDecodeError as error:
        return _decode_by_content(raw, path, error.start)


def _decode_marked(raw: bytes, encoding: str, path: Path) -> DecodedText:
    try:
        return DecodedText(raw.decode(encoding), encoding, [])
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig":
            return _decode_by_content(raw.removeprefix(codecs.BOM_UTF8), path, error.start)
        line = raw[: error.start].decode(encoding, "ignore").count("\n") + 1
        raise BadInput(
            "data.unreadable",
            f"{path} begins like {encoding.upper()} but can't be read from line {line} on (byte {error.start}).",
            "The file may be cut off: export it again.",
        ) from error


def _utf16_without_mark(raw: bytes) -> str | None:
    sample = raw[:_SAMPLE_BYTES]
    half = len(sample) // 2
    if half < 2:
        return None
    zeros_first, zeros_second = sample[0::2].count(0), sample[1::2].count(0)
    if zeros_second > 0.4 * half and zeros_first < 0.05 * half:
        return "utf-16-le"
    if zeros_first > 0.4 * half and zeros_second < 0.05 * half:
        return "utf-16-be"
    return None


def refuse_binary(raw: bytes, path: Path) -> None:
    """Refuses bytes that are no text, by how many of the first ones are control characters.

    Raises:
        BadInput: `data.unreadable`.
    """
    sample = raw[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > 0.01 * len(sample):  # text has none; a stray one is forgiven
        first = next(position for position, byte in enumerate(sample) if byte in _CONTROLS)
        line = sample.count(b"\n", 0, first) + 1
        raise BadInput(
            "data.unreadable",
            f"{path} is not a text file: {100 * controls / len(sample):.0f} % of its bytes are control characters, "
            f"the first in line {line} (byte {first}).",
            "Give a CSV, TSV, JSON, JSONL or Parquet file.",
            line=line,
        )


def _decode_by_content(raw: bytes, path: Path, first_bad: int) -> DecodedText:
    mixed = _mostly_utf8(raw)
    if mixed is not None:
        return mixed
    western = raw.decode("cp1252", "vibetune-as-latin1")
    if _is_western(western):
        return DecodedText(western, "windows-1252", [])
    guessed = _guess(raw)
    if guessed is not None:
        return guessed
    line = raw[:first_bad].count(b"\n") + 1
    problem = Problem(
        code="data.encoding_guessed",
        severity="warning",
        count=len(_HIGH.findall(western)),
        message=f"{path.name} is not UTF-8 (line {line}) and its encoding is a guess: windows-1252.",
        hint="Look at the letters with accents; if they are wrong, save the file as UTF-8.",
        examples=[excerpt(western.split("\n")[line - 1])],
    )
    return DecodedText(western, "windows-1252", [problem])


def _mostly_utf8(raw: bytes) -> DecodedText | None:
    """UTF-8 in which some bytes come from Windows-1252, as when two exports were put together."""
    good = len(_HIGH.findall(raw.decode("utf-8", "ignore")))
    text = raw.decode("utf-8", "vibetune-as-windows-1252")
    foreign = len(_HIGH.findall(text)) - good
    if good < foreign:
        return None
    return DecodedText(text, "utf-8", [_mixed(foreign)])


def _mixed(foreign: int) -> Problem:
    return Problem(
        code="data.mixed_encoding",
        severity="warning",
        count=foreign,
        message=f"{counted(foreign, 'character')} in a UTF-8 file were written as windows-1252 and read as such.",
        hint="Nothing to do if they look right; otherwise export all parts in one encoding.",
    )


def _is_western(text: str) -> bool:
    """Whether Windows-1252 gives plausible words: few accents, no signs in words, no long runs of accents."""
    high = len(_HIGH.findall(text))
    strange = len(_STRANGE_IN_WINDOWS_1252.findall(text)) + len(_RUN_OF_HIGH.findall(text))
    return strange <= 0.05 * high


def _guess(raw: bytes) -> DecodedText | None:
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:_SAMPLE_BYTES]).best()
    if best is None:
        return None
    try:
        return DecodedText(raw.decode(best.encoding), best.encoding.replace("_", "-"), [])
    except (UnicodeDecodeError, LookupError):
        return None


def _undecoded_as(encoding: str) -> Callable[[UnicodeError], tuple[str, int]]:
    def handler(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        part = error.object[error.start : error.end]
        return part.decode(encoding, "vibetune-as-latin1" if encoding == "cp1252" else "strict"), error.end

    return handler


codecs.register_error("vibetune-as-latin1", _undecoded_as("latin-1"))
codecs.register_error("vibetune-as-windows-1252", _undecoded_as("cp1252"))
