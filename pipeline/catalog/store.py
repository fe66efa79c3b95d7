"""The catalog: a project's datasets, runs, adapters, aliases and verdicts in one SQLite file that can be built again.

It answers questions fast; the folders stay the truth. Importing this module is cheap, SQLAlchemy comes with the first
catalog that is opened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.catalog.entries import AdapterEntry, AliasChange, DatasetEntry, RunEntry, VerdictEntry
from pipeline.errors import Failed
from pipeline.files import disk_errors

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Engine, Table

BUSY_TIMEOUT_S = 20.0

Entry = DatasetEntry | RunEntry | AdapterEntry | AliasChange | VerdictEntry
Kind = TypeVar("Kind", DatasetEntry, RunEntry, AdapterEntry, AliasChange, VerdictEntry)


class Catalog:
    """An open catalog. Every writing method is one transaction; readers never wait for writers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, *entries: Entry) -> None:
        """Writes entries, all or none; an entry with the same key is replaced."""
        with self._transaction() as connection:
            for entry in entries:
                self._replace(connection, entry)

    def replace_all(self, entries: Iterable[Entry]) -> None:
        """Makes `entries` the whole content."""
        from pipeline.catalog.schema import METADATA

        with self._transaction() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(table.delete())
            for entry in entries:
                self._replace(connection, entry)

    def datasets(self) -> list[DatasetEntry]:
        """All dataset versions, by name and age."""
        return self._read(DatasetEntry, ("name", "created", "version"))

    def runs(self) -> list[RunEntry]:
        """All runs that ended well, oldest first."""
        return self._read(RunEntry, ("name",))

    def run(self, name: str) -> RunEntry | None:
        """One run."""
        return next(iter(self._read(RunEntry, ("name",), name=name)), None)

    def adapters(self, name: str | None = None) -> list[AdapterEntry]:
        """All versions of one adapter, or of all adapters; by name, then oldest first."""
        where = {} if name is None else {"name": name}
        return self._read(AdapterEntry, ("name", "version"), **where)

    def alias_changes(self, adapter: str | None = None) -> list[AliasChange]:
        """The history of aliases, oldest first."""
        where = {} if adapter is None else {"adapter": adapter}
        return self._read(AliasChange, ("adapter", "number"), **where)

    def verdict(self, run: str) -> VerdictEntry | None:
        """The verdict of a run."""
        return next(iter(self._read(VerdictEntry, ("run",), run=run)), None)

    def verdicts(self) -> list[VerdictEntry]:
        """All verdicts, by run."""
        return self._read(VerdictEntry, ("run",))

    def close(self) -> None:
        """Gives the file back."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        connection = self._engine.connect().execution_options(writes=True)
        with connection, connection.begin():
            yield connection

    def _replace(self, connection: Connection, entry: Entry) -> None:
        table, values = _table(type(entry)), asdict(entry)
        same = [column == values[column.name] for column in table.primary_key]
        connection.execute(table.delete().where(*same))
        connection.execute(table.insert().values(**values))

    def _read(self, kind: type[Kind], order: tuple[str, ...], **where: Any) -> list[Kind]:
        from sqlalchemy import select

        table = _table(kind)
        conditions: list[ColumnElement[bool]] = [table.c[name] == value for name, value in where.items()]
        query = select(table).where(*conditions).order_by(*(table.c[name] for name in order))
        with self._engine.connect() as connection:
            return [kind(**row) for row in connection.execute(query).mappings()]


def _table(kind: type[Entry]) -> Table:
    from pipeline.catalog import schema

    return {
        DatasetEntry: schema.DATASETS,
        RunEntry: schema.RUNS,
        AdapterEntry: schema.ADAPTERS,
        AliasChange: schema.ALIAS_CHANGES,
        VerdictEntry: schema.VERDICTS,
    }[kind]


@contextlib.contextmanager
def open_catalog(path: Path) -> Iterator[Catalog]:
    """Opens a catalog, made or migrated first where that is needed.

    Raises:
        BadInput: `catalog.newer`.
        Failed: `catalog.damaged`, `catalog.busy`.
    """
    with disk_errors(path), _database_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = _engine(path)
        try:
            from pipeline.catalog.migrate import schema_version, upgrade
            from pipeline.catalog.schema import VERSION

            if schema_version(path) != VERSION:
                upgrade(engine, path)
            yield Catalog(engine)
        finally:
            engine.dispose()


def _engine(path: Path) -> Engine:
    from sqlalchemy import URL, create_engine, event
    from sqlalchemy.pool import NullPool

    engine = create_engine(
        URL.create("sqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # sqlite3 would begin late, and leave DDL outside of transactions
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that turns from reading to writing can fail at once when another one writes: ask first.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextlib.contextmanager
def _database_errors(path: Path) -> Iterator[None]:
    """SQLite's errors in our words; which of its two layers raises them depends on the statement."""
    import sqlite3

    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if "locked" in str(cause) or "busy" in str(cause):
            text = f"{path} is in use by another process for over {BUSY_TIMEOUT_S:g} s."
            raise Failed("catalog.busy", text, "Try again when it has ended.") from error
        if "disk is full" in str(cause):
            text = f"The disk that holds {path} is full."
            raise Failed("disk.full", text, "Free some space; the catalog can be built again.") from error
        text = f"{path} can't be used: {cause}."
        raise Failed("catalog.damaged", text, "Delete it: it is built again from the folders.") from error
