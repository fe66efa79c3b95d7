"""`vibetune data rows`: rows of a dataset version in the formats of TRL's trainers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened

if TYPE_CHECKING:
    from pipeline.datasets.versions.version import DatasetVersion
    from pipeline.plan.model import Role

Part = Literal["train", "validation", "test", "quarantine"]


def command(
    version: Annotated[str, typer.Argument(help="NAME@VERSION, NAME@TAG, NAME@latest or NAME.")],
    part: Annotated[Part, typer.Option("--part", help="A split, or what was set aside.")] = "train",
    project: ProjectOption = HERE,
    start: Annotated[int, typer.Option("--start", min=1, help="First row, counted from 1.")] = 1,
    count: Annotated[int, typer.Option("--count", min=1, help="Rows to show.")] = 5,
    out: Annotated[Path | None, typer.Option("--out", help="Write all rows of the part here, as JSON lines.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show rows of a version as TRL's trainers take them, or write them for another program.

    Messages, prompt and completion, chosen and rejected, label, or text: what the plan's columns are.

    Example:  vibetune data rows preferences@latest --part test --out test.jsonl
    """
    from pipeline.datasets.versions.tags import find_version

    found = find_version(opened(project).datasets, version)
    if out is not None:
        written = _write(out, found, part)
        if as_json:
            print_json({"dataset": found.name, "version": found.id, "part": part, "file": str(out), "rows": written})
        else:
            typer.echo(f"{written:,} rows written to {out}.")
        return
    rows = list(islice(_rows(found, part), start - 1, start - 1 + count))
    if as_json:
        print_json({"dataset": found.name, "version": found.id, "part": part, "rows": rows})
        return
    from pipeline.datasets.seen.page import visible

    for row in rows:
        about = " ".join(filter(None, (row["source"], row.get("reason"), row.get("message"))))
        people().print(f"{visible(about)}\n  {visible(_line(row['row']))}", markup=False)
    if not rows:
        typer.echo(f"{part} of {found.name}@{found.id} has no row {start:,}.")


def _rows(version: DatasetVersion, part: Part) -> Iterator[dict[str, Any]]:
    from pipeline.datasets.trl import as_trl

    roles = cast("list[Role]", list(version.manifest.columns))
    if part == "quarantine":
        for one in version.quarantined():
            about = {"id": one.row.id, "source": one.row.source, "reason": one.reason, "message": one.message}
            # What could not become a row of its kind is shown as the text that is there.
            is_whole = one.row.messages[-1]["role"] == "assistant"
            yield {**about, "row": as_trl(one.row, roles if is_whole else ["messages"])}
        return
    for row in version.rows(part):
        yield {"id": row.id, "source": row.source, "row": as_trl(row, roles)}


def _write(path: Path, version: DatasetVersion, part: Part) -> int:
    from pipeline.files import disk_errors

    written = 0
    with disk_errors(path), path.open("w", encoding="utf-8") as file:
        for row in _rows(version, part):
            file.write(_line(row["row"]) + "\n")
            written += 1
    return written


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)
