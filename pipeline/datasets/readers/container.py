"""Folders and archives: their files as one table, split by split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pipeline.datasets.problem import EXAMPLES, Problem, counted
from pipeline.datasets.readers.join import Part, join_parts
from pipeline.datasets.readers.slack import is_slack_export, read_slack
from pipeline.datasets.readers.table import Table
from pipeline.datasets.readers.unpack import LARGEST_UNPACKED, MOST_MEMBERS
from pipeline.errors import BadInput

_TABLES = (".csv", ".tsv", ".tab", ".psv", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".xlsx", ".xlsm", ".xls")
_DOCUMENTS = (".txt", ".text", ".md", ".markdown", ".pdf", ".docx", ".html", ".htm")
DATA_SUFFIXES = (*_TABLES, *_DOCUMENTS, ".gz", ".bz2")
_ABOUT = frozenset(
    ["readme", "license", "licence", "notice", "changelog", "authors", "contributing", "copying", "source", "sources"]
)
# What the `datasets` library and editors keep beside the rows.
_NOT_ROWS = frozenset(("dataset_info.json", "state.json", "dataset_dict.json", "dataset_infos.json"))

Members = Iterable[tuple[str, bytes]]
ReadContent = Callable[[bytes, Path, str | None], Table]


def read_members(path: Path, members: Members, read: ReadContent, chosen: str | None = None) -> Table:
    """Reads the data files among members; those with other columns than most rows have are left out, and named.

    Args:
        path: of the folder or archive.
        members: names within it, with their contents.
        read: reads one file's content.
        chosen: the only member to read, `member` or `member#sheet`.

    Raises:
        BadInput: `data.no_part`, `data.directory`, or why the only file can't be read.
    """
    wanted, _, rest = (chosen or "").partition("#")
    contents = dict(sorted((name, content) for name, content in members if not wanted or name == wanted))
    if wanted and not contents:
        raise BadInput("data.no_part", f"{path} holds no file {wanted!r}.", "Write it as it is named inside.")
    if is_slack_export(list(contents)):
        return read_slack(path, contents)
    parts, refused = _read_all(path, contents, read, rest or None)
    if not parts:
        raise refused[0][1] if refused else _nothing(path, contents)
    table = replace(parts[0][1], path=path) if len(contents) == 1 and wanted else join_parts(path, parts)
    if refused:
        table.problems.append(_unreadable(path, refused))
    return table


def _read_all(
    path: Path, contents: dict[str, bytes], read: ReadContent, rest: str | None
) -> tuple[list[Part], list[tuple[str, BadInput]]]:
    parts: list[Part] = []
    refused: list[tuple[str, BadInput]] = []
    for name in [name for name in contents if is_data_name(name)] or ([*contents] if len(contents) == 1 else []):
        try:
            table = read(contents[name], path / name, rest)
        except BadInput as error:
            if error.code in ("data.too_large", "data.unsafe_archive"):
                raise
            refused.append((name, error))
        else:
            parts.append((name, table))
    return parts, refused


def is_data_name(name: str) -> bool:
    """Whether a file inside a folder or archive is there for its rows."""
    inside = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in inside.parts)
    about = inside.stem.lower() in _ABOUT or inside.name in _NOT_ROWS
    return not hidden and not about and inside.suffix.lower() in DATA_SUFFIXES


def folder_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a folder's data files, at any depth; links to folders are not followed.

    Raises:
        BadInput: `data.too_large`.
    """
    files = sorted(entry for entry in folder.rglob("*") if entry.is_file())
    named = [(str(file.relative_to(folder)), file) for file in files]
    chosen = [(name, file) for name, file in named if is_data_name(name)]
    total = sum(file.stat().st_size for _, file in chosen)
    if total > LARGEST_UNPACKED or len(chosen) > MOST_MEMBERS:
        raise BadInput(
            "data.too_large",
            f"{folder} holds {counted(len(chosen), 'data file')} of {total / (1 << 30):.1f} GiB together.",
            f"At most {MOST_MEMBERS:,} files and {LARGEST_UNPACKED >> 30} GiB are read at once: name files instead.",
        )
    for name, file in chosen:
        yield name, file.read_bytes()


def _nothing(path: Path, contents: dict[str, bytes]) -> BadInput:
    inside = f": {', '.join([*contents][:5])}" if contents else ""
    return BadInput(
        "data.directory", f"{path} holds no data file{inside}.", f"Data files end in {', '.join(DATA_SUFFIXES[:12])} …"
    )


def _unreadable(path: Path, refused: list[tuple[str, BadInput]]) -> Problem:
    name, first = refused[0]
    return Problem(
        code="data.unreadable_part",
        severity="warning",
        count=len(refused),
        message=f"{counted(len(refused), 'file')} in {path.name} can't be read; the first is {name}: {first.message}",
        hint=first.hint,
        examples=[f"{name}: {error.code}" for name, error in refused[:EXAMPLES]],
    )
