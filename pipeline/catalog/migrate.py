"""Brings a catalog's tables to this version's; an older file is kept beside it as a backup."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.catalog.schema import VERSION
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def schema_version(path: Path) -> int:
    """Version of a catalog's tables; 0 where there are none yet."""
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def upgrade(engine: Engine, path: Path) -> None:
    """Migrates to `VERSION`; two processes that come at once do it once.

    Raises:
        BadInput: `catalog.newer`.
    """
    with _alone(path):
        found = schema_version(path)
        if found == VERSION:
            return
        if found > VERSION:
            text = f"{path} is of version {found}; this Vibetune knows versions up to {VERSION}."
            raise BadInput("catalog.newer", text, "Update Vibetune, or delete the file: it is built again.")
        if found:
            _back_up(path, found)
        _use_wal(path)
        with engine.begin() as connection:
            _run(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _run(connection: Connection) -> None:
    from alembic import command

    command.upgrade(alembic_settings(connection), "head")


def alembic_settings(connection: Connection) -> Any:
    """Alembic's configuration without its file; used by upgrades and to write new versions."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _back_up(path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.v{version}.backup")
    with (
        contextlib.closing(sqlite3.connect(path, timeout=10)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _use_wal(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """SQLite's own lock does not cover the change to WAL, so a file beside the catalog does."""
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
