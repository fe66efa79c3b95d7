"""Archives unpacked in memory, within limits; nothing is ever written where a name inside an archive says."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.errors import BadInput

LARGEST_UNPACKED = 2 << 30  # bytes of all members together; what a person's machine can hold in memory
MOST_MEMBERS = 20_000
_CHUNK = 1 << 20
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, ValueError)


def unpack_stream(raw: bytes, path: Path, *, most: int = LARGEST_UNPACKED) -> bytes:
    """The content of one gzip or bzip2 stream.

    Raises:
        BadInput: `data.unreadable`, `data.too_large`.
    """
    content = io.BytesIO(raw)
    opened = gzip.GzipFile(fileobj=content) if raw.startswith(b"\x1f\x8b") else bz2.BZ2File(content)
    try:
        with opened as file:
            return _read_limited(file, path, most)
    except _BROKEN as error:
        raise _broken(path, error) from error


def unpack_members(raw: bytes, path: Path, *, most: int = LARGEST_UNPACKED) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a ZIP archive's files, one at a time.

    Sizes are counted while unpacking: the sizes that an archive states can lie.

    Raises:
        BadInput: `data.unreadable`, `data.too_large`, `data.unsafe_archive`, `data.encrypted`.
    """
    left = most
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for member in _members(archive, path):
                with archive.open(member) as file:
                    content = _read_limited(file, path, left)
                left -= len(content)
                yield member.filename, content
    except _BROKEN as error:
        raise _broken(path, error) from error


def member_names(raw: bytes, path: Path) -> list[str]:
    """Names in a ZIP archive.

    Raises:
        BadInput: `data.unreadable`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return archive.namelist()
    except _BROKEN as error:
        raise _broken(path, error) from error


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_MEMBERS:
        raise BadInput(
            "data.too_large", f"{path} holds {len(members):,} files.", f"At most {MOST_MEMBERS:,} are read: split it."
        )
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
            raise BadInput(
                "data.unsafe_archive",
                f"{path} holds a file that is meant to land outside of it: {member.filename!r}.",
                "Such archives are made to overwrite files. Ask for another one.",
            )
        if member.flag_bits & 1:
            raise BadInput(
                "data.encrypted", f"{path} is locked with a password.", "Unpack it and give the files inside."
            )
    return members


def _read_limited(file: IO[bytes] | BufferedIOBase, path: Path, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise BadInput(
                "data.too_large",
                f"{path} holds more than {most / (1 << 30):.1f} GiB once it is unpacked.",
                "Unpack it and give its files one by one.",
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _broken(path: Path, error: Exception) -> BadInput:
    return BadInput(
        "data.unreadable",
        f"{path} can't be unpacked: {str(error)[:200] or 'it ends too early'}.",
        "The file may be cut off: download or export it again.",
    )
