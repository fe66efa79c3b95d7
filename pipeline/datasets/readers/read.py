"""Any data file, folder, archive or data set of the hub into one table."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.datasets.readers.container import DATA_SUFFIXES, folder_members, read_members
from pipeline.datasets.readers.content import read_content
from pipeline.datasets.readers.hub import cached_files, is_hub_path, read_hub
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput
from pipeline.files import sha256

__all__ = ["DATA_SUFFIXES", "fingerprint", "read_table"]


def read_table(path: Path) -> Table:
    """Reads a data file, a folder of them, an archive, or a data set of the hub.

    Args:
        path: a file or a folder; `book.xlsx#Sheet2`, `export.zip#train.csv` and `folder#train.csv` name one part;
            `hf:org/name@revision#config` is a data set of the Hugging Face hub that is in its cache.

    Raises:
        BadInput: `data.missing_file`, `data.directory`, `data.empty_file`, `data.no_permission`, `data.unreadable`,
            `data.invalid_json`, `data.unknown_format`, `data.too_large`, `data.unsafe_archive`, `data.encrypted`,
            `data.no_text`, `data.no_part`, `data.not_cached`; message and hint name the place.
    """
    if is_hub_path(path):
        return read_hub(path)
    file, part = _parted(path)
    if file.is_dir():
        return read_members(file, folder_members(file), read_content, part)
    return read_content(_bytes_of(file), file, part)


def fingerprint(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and bytes of what `read_table` reads; of a folder, over its data files' names and hashes."""
    files = cached_files(path) if is_hub_path(path) else None
    file, _ = _parted(path)
    if files is None and file.is_dir():
        files = [(name, file / name) for name, _ in folder_members(file)]
    if files is None:
        return sha256(file), file.stat().st_size
    digest = hashlib.sha256()
    for name, member in files:
        digest.update(f"{name}\n{sha256(member)}\n".encode())
    return digest.hexdigest(), sum(member.stat().st_size for _, member in files)


def _parted(path: Path) -> tuple[Path, str | None]:
    """File and part; a # in a name that exists belongs to the name."""
    whole, hash_sign, part = str(path).partition("#")
    return (path, None) if not hash_sign or path.exists() else (Path(whole), part or None)


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput("data.missing_file", f"There is no file {path}.", _similar(path)) from error
    except PermissionError as error:
        raise BadInput("data.no_permission", f"{path} can't be read: permission denied.", "Allow reading.") from error
    except OSError as error:
        raise BadInput("data.unreadable", f"{path} can't be read: {error.strerror}.", "Check the path.") from error
    if not raw:
        raise BadInput("data.empty_file", f"{path} is empty (0 bytes).", "Export it again, with its rows.", line=1)
    return raw


def _similar(path: Path) -> str:
    import difflib

    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either. Check the path."
    names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"Did you mean {path.parent / close[0]}?" if close else "Check the path; it is relative to where you are."
