"""Files that are whole or not there: write to a temporary name, flush, rename."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import Failed

LEFT_S = 86_400.0  # after which a temporary folder is nobody's any more


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns a full disk or a missing permission into an error that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Failed(
                "disk.full",
                f"The disk that holds {path} is full.",
                "Free some space, then resume: what was finished before is kept.",
                path=str(path),
            ) from error
        if isinstance(error, PermissionError):
            raise Failed(
                "disk.permission", f"{path} can't be written: permission denied.", "Choose a folder that you own."
            ) from error
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces `path` atomically; readers see the old or the new content, never a part."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """`write_bytes` in UTF-8."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON in UTF-8; NaN and Infinity are refused, since other readers refuse them."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
        ValueError: it is none: not UTF-8, no JSON, nested without end, or another kind of value.
        OSError: it can't be read.
    """
    return _object(path.read_text("utf-8"))


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file of lines; a line that is none, cut off by a kill or edited, is passed over."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            found.append(_object(line))
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f"it holds no JSON object but {text.strip()[:40]}")
    return value


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yields a temporary sibling folder that becomes `path` when the block ends well, and vanishes otherwise.

    What a killed process left of the same folder a day ago goes, too.

    Raises:
        FileExistsError: `path` is there already; what is complete is never overwritten.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
            with contextlib.suppress(FileNotFoundError):  # its own process is just done with it
                if time.time() - left.stat().st_mtime > LEFT_S:
                    shutil.rmtree(left, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        try:
            temporary.chmod(0o755)
            yield temporary
            if path.exists():
                raise FileExistsError(path)
            temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def sha256(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
