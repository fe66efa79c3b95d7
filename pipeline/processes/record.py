"""The record of a detached process: a small file by which anyone finds it again after whoever started it is gone.

A record is readable by its owner only (mode 0600), because it may hold a secret: the key that a server was started
with. That key is random, made for one start, and worthless once the process has ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import Failed
from pipeline.files import disk_errors


class ProcessRecord(BaseModel):
    """What is known about one process group."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = 1
    id: str = Field(description="random; every process of the group has it in its environment")
    name: str = Field(description="one living process per name and folder")
    pid: int | None = Field(None, description="leader of the group and session; null while it is being started")
    started: float = Field(0.0, description="creation time of the leader, seconds since the epoch")
    command: list[str]
    cwd: str
    log: str = Field(description="file with stdout and stderr of the whole group")
    port: int | None = None
    secret: str | None = Field(None, repr=False, description="key of the server that the process runs")


def new_record_id() -> str:
    """A name for one start that nothing else has."""
    return secrets.token_hex(8)


def record_path(folder: Path, name: str) -> Path:
    """Where the record of `name` is, or would be."""
    return folder / f"{name}.json"


def write_record(folder: Path, record: ProcessRecord) -> None:
    """Writes a record atomically, for the owner's eyes only."""
    path = record_path(folder, record.name)
    temporary = folder / f".{record.name}.{record.id}.{os.getpid()}"
    with disk_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(record.model_dump_json(indent=2) + "\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def read_record(folder: Path, name: str) -> ProcessRecord | None:
    """The record of `name`, whether or not its process lives; None where there is none or it can't be read."""
    try:
        return ProcessRecord.model_validate_json(record_path(folder, name).read_text())
    except (FileNotFoundError, ValueError):
        return None


def list_records(folder: Path) -> list[ProcessRecord]:
    """All records in a folder, by name."""
    records = (read_record(folder, path.stem) for path in sorted(folder.glob("*.json")))
    return [record for record in records if record is not None]


def forget_record(folder: Path, record: ProcessRecord) -> None:
    """Removes a record, unless a newer start has taken its name."""
    current = read_record(folder, record.name)
    if current is not None and current.id == record.id:
        record_path(folder, record.name).unlink(missing_ok=True)


@contextlib.contextmanager
def exclusive(folder: Path, name: str, *, timeout_s: float = 60.0) -> Iterator[None]:
    """Keeps others from starting or stopping `name` meanwhile, across processes; freed when the holder dies.

    Raises:
        Failed: `process.busy`, after `timeout_s` seconds.
    """
    path = folder / f"{name}.lock"
    deadline = time.monotonic() + timeout_s
    with disk_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _try_lock(handle):
            if time.monotonic() > deadline:
                text = f"{name} is being started or stopped by another process for over {timeout_s:g} s."
                raise Failed("process.busy", text, "Wait for it, or end the other command.")
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
