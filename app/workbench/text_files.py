"""Text files as the editor takes them: read with a limit, refused in words when they are no text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import BadInput

MOST_EDITED = 5 * 2**20  # bytes; a longer file is shown in part, to read
MOST_COLOURED = 512 * 2**10  # characters


@dataclass(frozen=True)
class FileText:
    """A file's text; `is_cut`: only its beginning."""

    text: str
    bytes: int
    is_cut: bool = False


def read_text(path: Path) -> FileText:
    """Reads a file.

    Raises:
        BadInput: it is gone, can't be read, or is no text.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            content = file.read(MOST_EDITED)
    except OSError as error:
        message = f"{path.name} can't be read: {error.strerror}."
        raise BadInput("file.unreadable", message, "Look for it in the project.") from error
    if b"\0" in content[:8192]:
        raise BadInput("file.binary", f"{path.name} is no text ({size:,} bytes).", "Open it with its own program.")
    is_cut = size > len(content)
    try:
        text = content.decode("utf-8", errors="ignore" if is_cut else "strict")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"{path.name} is not UTF-8: byte 0x{content[error.start]:02x} in line {line}."
        raise BadInput("file.encoding", message, "Save it as UTF-8 with the program that wrote it.") from error
    return FileText(text.removeprefix("\ufeff").replace("\r\n", "\n"), size, is_cut)
