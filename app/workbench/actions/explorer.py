"""What can be done with the project's files."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from app.workbench.bench import Workbench
from app.workbench.commands import Command
from pipeline.errors import BadInput
from pipeline.files import disk_errors

PUT_AWAY = "removed"  # below .vibetune: nothing is deleted


def commands() -> list[Command]:
    """The commands of the explorer."""
    return [
        Command("file.open", "Open file", _open, _needs_file, "go-to-file", menu="File/2", context="file",
                help="In the view that suits it: plan, table or text."),
        Command("file.open_beside", "Open file beside", _open_beside, _needs_file, "split-horizontal", context="file",
                help="In a group of its own, right of the one in front."),
        Command("file.open_as_text", "Open file as text", _open_as_text, _needs_file, "file-code", context="file",
                help="A table's or a plan's file as it is written."),
        Command("file.duplicate", "Duplicate file", _duplicate, _needs_file, "copy", context="file",
                help="A copy beside it, NAME-copy."),
        Command("file.put_away", "Put file away", _put_away, _needs_own_file, "archive", context="file",
                help="Moves it to .vibetune/removed; it can be put back."),
        Command("file.put_back", "Put the last file back", _put_back, _why_not_put_back, "discard", menu="Edit/3",
                help="Out of .vibetune/removed, to where it was."),
    ]  # fmt: skip


def view_of(bench: Workbench, path: Path) -> tuple[str, str]:
    """Kind and key of the view that shows a file best."""
    from app.workbench.data_store import opens_as_table

    if opens_as_table(path):
        return "data", str(path)
    project = bench.project
    is_yaml = path.suffix in (".yaml", ".yml")
    if project is not None and is_yaml and (path == project.plan or path.parent == project.path / "plans"):
        return "plan", str(path)
    return "text", str(path)


def _chosen(bench: Workbench) -> Path:
    return Path(bench.selection.get("path"))


def _open(bench: Workbench) -> None:
    kind, key = view_of(bench, _chosen(bench))
    bench.views.open(kind, key)


def _open_beside(bench: Workbench) -> None:
    kind, key = view_of(bench, _chosen(bench))
    bench.views.open(kind, key, is_beside=True)


def _open_as_text(bench: Workbench) -> None:
    bench.views.open("text", str(_chosen(bench)))


def _duplicate(bench: Workbench) -> None:
    path = _chosen(bench)
    copy = _free(path.with_stem(f"{path.stem}-copy"))
    with disk_errors(copy):
        bench.tasks.submit(lambda _job: shutil.copyfile(path, copy), title=f"Duplicate {path.name}")
    bench.selection.set("path", str(copy))


def _put_away(bench: Workbench) -> None:
    """Moves the file within the project's disk; a rename, so it takes no time."""
    path, folder = _chosen(bench), bench.require_project().state / PUT_AWAY
    place = folder / f"{time.time_ns():020d}" / path.relative_to(bench.require_project().path)
    with disk_errors(path):
        place.parent.mkdir(parents=True)
        path.rename(place)
    bench.selection.set("path", "")
    bench.notices.say(f"{path.name} was put away", "It lies in .vibetune/removed.", "info", ("Undo", "file.put_back"))


def _put_back(bench: Workbench) -> None:
    project = bench.require_project()
    last = _put_away_ones(bench)[-1]
    file = next(each for each in last.rglob("*") if each.is_file())
    target = project.path / file.relative_to(last)
    if target.exists():
        raise BadInput("file.exists", f"There is another {target.name} now.", "Rename it, then put this one back.")
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
        shutil.rmtree(last)
    bench.selection.set("path", str(target))


def _put_away_ones(bench: Workbench) -> list[Path]:
    folder = bench.require_project().state / PUT_AWAY
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _free(path: Path) -> Path:
    target, number = path, 2
    while target.exists():
        target, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return target


def _needs_file(bench: Workbench) -> str | None:
    return None if bench.selection.get("path") and _chosen(bench).is_file() else "No file is chosen."


def _needs_own_file(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    if _needs_file(bench):
        return _needs_file(bench)
    return None if _chosen(bench).is_relative_to(bench.project.path) else "The file is not in this project."


def _why_not_put_back(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    return None if _put_away_ones(bench) else "No file was put away."
